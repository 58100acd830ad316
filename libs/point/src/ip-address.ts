import type { Multiaddr } from '@multiformats/multiaddr'
import ipaddr from 'ipaddr.js'

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

/** An IP address from text, as {@link ipOf}. A zone such as `%eth0` is left out. */
export function parseIp(text: string): Uint8Array | undefined {
  return ipaddr.isValid(text) ? Uint8Array.from(ipaddr.process(text).toByteArray()) : undefined
}

/** Whether an IP address is one of the open internet, by the registries of special addresses. */
export function isPublicIp(ip: Uint8Array): boolean {
  return rangeOf(ip) === 'unicast'
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
