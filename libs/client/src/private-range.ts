import type { Multiaddr } from '@multiformats/multiaddr'

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

/** IPv4 addresses in the clothes of IPv6. */
const MAPPED = /^::ffff:/

/**
 * The private network that an address leads to first, `undefined` for a public one. Names other
 * than `localhost` count as public: they are not looked up.
 */
export function privateRangeOf(address: Multiaddr): string | undefined {
  const [first] = address.getComponents()
  const host = (first?.value ?? '').toLowerCase().replace(MAPPED, '')

  return PRIVATE_RANGES.find(([, pattern]) => pattern.test(host))?.[0]
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
