import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { ipOf, isPrivateIp, isPublicIp, networkOf, parseIp } from '../src/ip-address.ts'

describe('the IP address of a multiaddr', () => {
  it.for([
    ['/ip4/192.0.2.7/tcp/4001', [192, 0, 2, 7]],
    ['/ip6/::ffff:192.0.2.7/tcp/4001', [192, 0, 2, 7]],
    ['/ip6/2001:db8::1/tcp/4001/ws', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['/ip6zone/eth0/ip6/fe80::1/tcp/1', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
  ] as const)('of %s is in %j', ([text, bytes]) => {
    expect(ipOf(multiaddr(text))).toEqual(Uint8Array.from(bytes))
  })

  it.for(['/dns4/example.org/tcp/4001', '/unix/tmp%2Fsocket', '/memory/1'])(
    'is absent from %s',
    (text) => {
      expect(ipOf(multiaddr(text))).toBeUndefined()
    }
  )

  it.for([
    ['/ip4/8.8.8.8', true],
    ['/ip6/2a00:1450:4001::1', true],
    ['/ip4/0.0.0.0', false],
    ['/ip4/10.1.2.3', false],
    ['/ip4/127.0.0.1', false],
    ['/ip4/100.64.0.1', false],
    ['/ip4/169.254.169.254', false],
    ['/ip4/172.31.0.1', false],
    ['/ip4/192.168.0.1', false],
    ['/ip4/224.0.0.1', false],
    ['/ip6/::1', false],
    ['/ip6/::', false],
    ['/ip6/fd00::1', false],
    ['/ip6/fe80::1', false],
    ['/ip6/::127.0.0.1', false],
    ['/ip6/64:ff9b::8.8.8.8', false],
    ['/ip6/4000::1', false],
    ['/ip6/::ffff:10.0.0.1', false]
  ] as const)('of %s is public: %s', ([text, isPublic]) => {
    expect(isPublicIp(ipOf(multiaddr(text)) as Uint8Array)).toBe(isPublic)
  })

  it.for([
    ['127.0.0.1', true],
    ['10.1.2.3', true],
    ['100.64.0.1', true],
    ['169.254.1.1', true],
    ['::1', true],
    ['fd00::1', true],
    ['fe80::1%eth0', true],
    ['::ffff:192.168.0.1', true],
    ['8.8.8.8', false],
    ['2a00:1450:4001::1', false],
    // 6to4 and Teredo: tunnels from the open internet.
    ['2002:808:808::1', false],
    ['2001:0:808:808::1', false]
  ] as const)('written %s is private: %s', ([text, isPrivate]) => {
    expect(isPrivateIp(parseIp(text) as Uint8Array)).toBe(isPrivate)
  })

  it('is absent from what is no address', () => {
    expect(parseIp('example.org')).toBeUndefined()
  })
})

describe('the network of an IP address', () => {
  const network = (address: string) => networkOf(parseIp(address) as Uint8Array)

  it('is itself with IPv4', () => {
    expect(network('192.0.2.7')).not.toBe(network('192.0.2.8'))
    expect(network('192.0.2.7')).toBe(network('::ffff:192.0.2.7'))
  })

  it('is its /64 with IPv6', () => {
    expect(network('2001:db8:1:2::1')).toBe(network('2001:db8:1:2:ffff:ffff:ffff:ffff'))
    expect(network('2001:db8:1:2::1')).not.toBe(network('2001:db8:1:3::1'))
  })
})
