import type { Multiaddr } from '@multiformats/multiaddr'
import ipaddr from 'ipaddr.js'

/** What IPv4 addresses begin with in the clothes of IPv6: `::ffff:0:0/96`. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** Bytes of an IPv6 address that tell one network from another: hosts choose the others. */
const IPV6_NETWORK_BYTES = 8

/** Ranges that reach no further than the own network, or that of a provider. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'uniqueLocal',
  'linkLocal',
  'carrierGradeNat'
])

/**
 * The IP address that a multiaddr begins with: 4 or 16 bytes. An IPv4 address in the clothes of
 * IPv6, as a socket of both families sees it, is an IPv4 address. `undefined` where there is none.
 */
export function ipOf(address: Multiaddr): Uint8Array | undefined {
  const first = address.getComponents().find(({ name }) => name !== 'ip6zone')

  return first?.name === 'ip4' || first?.name === 'ip6' ? parseIp(first.value ?? '') : undefined
}

/**
 * The IP address that a text is to a resolver: `127.1` and `0x7f000001` are 127.0.0.1. Of IPv4 in
 * the clothes of IPv6 the former; a zone such as `%eth0` is left out. `undefined` for a name.
 */
export function parseIp(text: string): Uint8Array | undefined {
  return ipaddr.isValid(text) ? Uint8Array.from(ipaddr.process(text).toByteArray()) : undefined
}

/** An IP address of 4 or 16 bytes without the clothes of IPv6, if it is one of IPv4 in them. */
export function plainIp(ip: Uint8Array): Uint8Array {
  const isMapped = ip.byteLength === 16 && MAPPED.every((byte, index) => ip[index] === byte)

  return isMapped ? ip.subarray(MAPPED.length) : ip
}

/**
 * The network that limits and turns are for: an IPv4 address, or an IPv6 /64.
 *
 * @param ip - 4 or 16 bytes
 */
export function networkOf(ip: Uint8Array): string {
  return Buffer.from(ip.byteLength === 4 ? ip : ip.subarray(0, IPV6_NETWORK_BYTES)).toString('hex')
}

/** Whether an IP address is one of the open internet, by the registries of special addresses. */
export function isPublicIp(ip: Uint8Array): boolean {
  return rangeOf(ip) === 'unicast' && isGiven(ip)
}

/**
 * Whether an IP address is of this machine or a network of its own. Not the opposite of public:
 * some special addresses come in from the internet, as those of tunnels do.
 */
export function isPrivateIp(ip: Uint8Array): boolean {
  return PRIVATE_RANGES.has(rangeOf(ip))
}

function rangeOf(ip: Uint8Array): string {
  return ipaddr.fromByteArray([...ip]).range()
}

/**
 * Of IPv6 only 2000::/3 has been given out; others may lead to the host itself, as ::127.0.0.1.
 *
 * @see https://www.iana.org/assignments/ipv6-address-space
 */
function isGiven(ip: Uint8Array): boolean {
  return ip.byteLength === 4 || (ip[0] as number) >> 5 === 1
}
