import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { dialableAddresses, privateRangeOf } from '../src/private-range.ts'

const RANGES: [address: string, range: string | undefined][] = [
  ['/ip4/0.0.0.0', 'unspecified'],
  ['/ip4/0.1.2.3', 'unspecified'],
  ['/ip4/1.0.0.1', undefined],
  ['/ip4/9.255.255.255', undefined],
  ['/ip4/10.0.0.0', '10.0.0.0/8'],
  ['/ip4/10.255.255.255', '10.0.0.0/8'],
  ['/ip4/11.0.0.0', undefined],
  ['/ip4/100.63.255.255', undefined],
  ['/ip4/100.64.0.0', '100.64.0.0/10'],
  ['/ip4/100.99.0.0', '100.64.0.0/10'],
  ['/ip4/100.127.255.255', '100.64.0.0/10'],
  ['/ip4/100.128.0.0', undefined],
  ['/ip4/126.255.255.255', undefined],
  ['/ip4/127.0.0.1', 'loopback'],
  ['/ip4/127.255.255.255', 'loopback'],
  ['/ip4/128.0.0.0', undefined],
  ['/ip4/169.253.255.255', undefined],
  ['/ip4/169.254.0.0', '169.254.0.0/16'],
  ['/ip4/169.255.0.0', undefined],
  ['/ip4/172.15.255.255', undefined],
  ['/ip4/172.16.0.0', '172.16.0.0/12'],
  ['/ip4/172.20.0.0', '172.16.0.0/12'],
  ['/ip4/172.31.255.255', '172.16.0.0/12'],
  ['/ip4/172.32.0.0', undefined],
  ['/ip4/172.160.0.1', undefined],
  ['/ip4/192.167.255.255', undefined],
  ['/ip4/192.168.0.0', '192.168.0.0/16'],
  ['/ip4/192.169.0.0', undefined],
  ['/ip6/::', 'unspecified'],
  ['/ip6/::1', 'loopback'],
  ['/ip6/0:0:0:0:0:0:0:1', 'loopback'],
  ['/ip6/::ffff:127.0.0.1', 'loopback'],
  ['/ip6/::ffff:a00:1', '10.0.0.0/8'],
  ['/ip6/0:0:0:0:0:FFFF:AC1F:FFFF', '172.16.0.0/12'],
  ['/ip6/::ffff:172.32.0.0', undefined],
  ['/ip6/::ffff:100.64.0.0', '100.64.0.0/10'],
  ['/ip6/::ffff:192.168.1.1', '192.168.0.0/16'],
  ['/ip6/::ffff:8.8.8.8', undefined],
  ['/ip6/::127.0.0.1', 'loopback'],
  ['/ip6/64:ff9b::10.0.0.1', '10.0.0.0/8'],
  ['/ip6/fb00::1', undefined],
  ['/ip6/fc00::1', 'fc00::/7'],
  ['/ip6/FDFF::1', 'fc00::/7'],
  ['/ip6/fe00::1', undefined],
  ['/ip6/fc::1', undefined],
  ['/ip6/fe7f::1', undefined],
  ['/ip6/fe80::1', 'fe80::/10'],
  ['/ip6/febf::1', 'fe80::/10'],
  ['/ip6/fec0::1', undefined],
  ['/ip6zone/eth0/ip6/fe80::1', 'fe80::/10'],
  ['/ip6/2001:4860:4860::8888', undefined],
  ['/dns4/localhost', 'loopback'],
  ['/dns6/LocalHost', 'loopback'],
  ['/dns/localhost.', 'loopback'],
  ['/dns4/a.localhost', 'loopback'],
  ['/dns4/10.0.0.1', '10.0.0.0/8'],
  ['/dns4/localhost.example.org', undefined],
  ['/dns4/notlocalhost', undefined],
  ['/dnsaddr/example.org', undefined],
  ['/unix/%2ftmp%2fsocket', 'unspecified'],
  ['/memory/1', 'unspecified']
]

describe('the private range', () => {
  it.each(RANGES)('of %s is %s', (address, range) => {
    const path = /^\/(unix|memory)/.test(address) ? address : `${address}/tcp/4001`

    expect(privateRangeOf(multiaddr(path))).toBe(range)
  })

  it('of an address behind a relay is that of the relay', () => {
    const relay = '/ip4/192.168.0.2/tcp/1/p2p/12D3KooWSfjy7kGef74zXdzJckLwVSUbtJNzmRzLhrUfeXfGFGvy'

    expect(privateRangeOf(multiaddr(`${relay}/p2p-circuit`))).toBe('192.168.0.0/16')
  })
})

describe('the addresses that can be dialled', () => {
  const addresses = [
    '/ip4/192.0.2.1/tcp/1',
    '/ip4/10.1.2.3/tcp/1',
    '/ip6/::ffff:10.1.2.3/tcp/1',
    '/ip4/127.0.0.1/tcp/1',
    '/ip4/0.0.0.0/tcp/1',
    '/dns4/example.org/tcp/1',
    '/unix/%2ftmp%2fsocket'
  ].map((address) => multiaddr(address))

  it.each<[string, string[], number[]]>([
    ['none', [], [0, 5]],
    ['a public one', ['/ip4/198.51.100.1/tcp/1'], [0, 5]],
    ['one of the same network', ['/ip4/10.9.9.9/tcp/1'], [0, 1, 2, 5]],
    ['loopback', ['/ip4/127.0.0.1/tcp/1'], [0, 3, 5]],
    ['what names no host', ['/ip4/0.0.0.0/tcp/1', '/unix/%2ftmp%2fown'], [0, 5]]
  ])('near %s', (_what, near, expected) => {
    expect(
      dialableAddresses(
        addresses,
        near.map((address) => multiaddr(address))
      )
    ).toEqual(expected.map((index) => addresses[index]))
  })
})
