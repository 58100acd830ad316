import { describe, expect, it } from 'vitest'
import { ipPrefixOf } from '../src/index.ts'

const ipv6 = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(':', ''), 'hex'))

describe('the prefix of an IP address', () => {
  it('is the same in one /24 of IPv4, and differs between two', () => {
    const inside = [Uint8Array.of(203, 0, 113, 0), Uint8Array.of(203, 0, 113, 255)]
    const outside = [Uint8Array.of(203, 0, 112, 255), Uint8Array.of(203, 0, 114, 0)]

    expect(new Set(inside.map(ipPrefixOf)).size).toBe(1)
    expect(new Set([...inside, ...outside].map(ipPrefixOf)).size).toBe(3)
  })

  it('is the same in one /56 of IPv6, and differs between two', () => {
    const inside = [
      ipv6('2001:0db8:0000:ab00:0000:0000:0000:0000'),
      ipv6('2001:0db8:0000:abff:ffff:ffff:ffff:ffff')
    ]
    const outside = [
      ipv6('2001:0db8:0000:aaff:ffff:ffff:ffff:ffff'),
      ipv6('2001:0db8:0000:ac00:0000:0000:0000:0000')
    ]

    expect(new Set(inside.map(ipPrefixOf)).size).toBe(1)
    expect(new Set([...inside, ...outside].map(ipPrefixOf)).size).toBe(3)
  })

  it.each([
    ['0.0.0.0', Uint8Array.of(0, 0, 0, 0), -1],
    ['255.255.255.255', Uint8Array.of(255, 255, 255, 255), -(2 ** 24)],
    ['2000::', ipv6('2000:0000:0000:0000:0000:0000:0000:0000'), 0],
    ['the last of 2000::/3', ipv6('3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), 2 ** 53 - 1]
  ])('of %s is a safe integer', (_name, ip, expected) => {
    expect(ipPrefixOf(ip)).toBe(expected)
    expect(Number.isSafeInteger(expected)).toBe(true)
  })

  it('of IPv4 is none of IPv6', () => {
    expect(ipPrefixOf(Uint8Array.of(1, 2, 3, 4))).toBeLessThan(0)
    expect(ipPrefixOf(ipv6('fd00:0102:0304:0000:0000:0000:0000:0001'))).toBeGreaterThanOrEqual(0)
  })
})
