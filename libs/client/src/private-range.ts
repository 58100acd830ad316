import type { Multiaddr } from '@multiformats/multiaddr'
import type { DiscoveredPeer } from './discovered-peers.ts'

/**
 * Networks whose addresses mean another host at each place.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const PRIVATE_RANGES: readonly [name: string, pattern: RegExp][] = [
  ['unspecified', /^(0\.|::$)/],
  ['loopback', /^(127\.|::1$|localhost$|.*\.localhost$)/],
  ['10.0.0.0/8', /^10\./],
  ['172.16.0.0/12', /^172\.(1[6-9]|2\d|3[01])\./],
  ['192.168.0.0/16', /^192\.168\./],
  ['169.254.0.0/16', /^169\.254\./],
  ['100.64.0.0/10', /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./],
  ['fc00::/7', /^f[cd][0-9a-f]{2}:/],
  ['fe80::/10', /^fe[89ab][0-9a-f]:/]
]

/** What names a host. Others, such as `/unix`, lead to something on this peer's own. */
const HOSTS: ReadonlySet<string> = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6', 'dnsaddr'])

/** IPv4 addresses in the clothes of IPv6, in its two last groups: mapped, compatible and NAT64. */
const MAPPED = /^(?:::|::ffff:|64:ff9b::)([\da-f]{1,4}):([\da-f]{1,4})$/

/**
 * The private network that an address leads to first, `undefined` for a public one. Names other
 * than `localhost` count as public: they are not looked up.
 */
export function privateRangeOf(address: Multiaddr): string | undefined {
  const host = hostOf(address)

  if (host == null) {
    return 'unspecified'
  }

  return PRIVATE_RANGES.find(([, pattern]) => pattern.test(host))?.[0]
}

function hostOf(address: Multiaddr): string | undefined {
  const first = address.getComponents().find(({ name }) => name !== 'ip6zone')

  if (first?.value == null || !HOSTS.has(first.name)) {
    return undefined
  }

  return first.value
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(MAPPED, (_host, high: string, low: string) => {
      const bits = Number.parseInt(high, 16) * 2 ** 16 + Number.parseInt(low, 16)

      return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.')
    })
}

/** Most addresses taken of one peer: more are hardly its own. */
const ADDRESSES_MAX = 8

/** {@link dialableAddresses} of a peer, 8 at most, each with its peer id: nobody else may answer there. */
export function dialableAddressesOf(
  { peerId, multiaddrs }: Pick<DiscoveredPeer, 'peerId' | 'multiaddrs'>,
  near: readonly Multiaddr[]
): Multiaddr[] {
  return dialableAddresses(multiaddrs, near)
    .slice(0, ADDRESSES_MAX)
    .map((address) => address.encapsulate(`/p2p/${peerId.toString()}`))
}

/**
 * What can be dialled of a peer's addresses: a private one means a host near this peer only where
 * this peer has an address of the same network; anywhere else it would lead to a stranger.
 *
 * @param near - this peer's own addresses, or those it is known to be near
 */
export function dialableAddresses(
  addresses: readonly Multiaddr[],
  near: readonly Multiaddr[]
): Multiaddr[] {
  const ranges = new Set(near.map(privateRangeOf))

  return addresses.filter((address) => {
    const range = privateRangeOf(address)

    return range == null || (range !== 'unspecified' && ranges.has(range))
  })
}
