/** Bytes of an IPv4 address that tell its /24: networks are seldom handed out smaller. */
const IPV4_PREFIX_BYTES = 3

/** Bytes of an IPv6 address that tell its /56: what a single customer is commonly given. */
const IPV6_PREFIX_BYTES = 7

/**
 * The network that an address counts for: its /24 of IPv4, its /56 of IPv6. Equal exactly for
 * addresses of one network; a safe integer, below zero for IPv4, so that stores keep it as a number.
 *
 * The first three bits of an IPv6 address are left out, and with them the rest fits: they are the
 * same in all addresses that the internet routes (2000::/3).
 *
 * @param ip - 4 or 16 bytes
 */
export function ipPrefixOf(ip: Uint8Array): number {
  if (ip.byteLength === 4) {
    return -1 - toNumber(ip.subarray(0, IPV4_PREFIX_BYTES))
  }

  const [first = 0, ...rest] = ip.subarray(0, IPV6_PREFIX_BYTES)

  return toNumber([first & 0x1f, ...rest])
}

function toNumber(bytes: Iterable<number>): number {
  let value = 0

  for (const byte of bytes) {
    value = value * 256 + byte
  }

  return value
}
