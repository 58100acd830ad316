import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { type AddressHost, hostsOf } from '../src/address-hosts.ts'

const RELAY = '12D3KooWGWPozSRfGaWe94gAfhaHTqNrZWSzE9mR2pjehfQZAzGT'

const ip = (...bytes: number[]): AddressHost => ({ ip: Uint8Array.from(bytes) })
const name = (text: string): AddressHost => ({ name: text })

describe('the hosts of a multiaddr', () => {
  it.for<[string, AddressHost[]]>([
    ['/ip4/192.0.2.7/tcp/4001', [ip(192, 0, 2, 7)]],
    ['/ip6/2001:db8::1/udp/1', [ip(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)]],
    ['/ip6/::ffff:192.0.2.7/tcp/1', [ip(192, 0, 2, 7)]],
    ['/ip6zone/eth0/ip6/::1/tcp/1', [ip(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)]],
    ['/dns/a.example.org/tcp/1', [name('a.example.org')]],
    ['/dns4/A.Example.Org./tcp/443/wss', [name('a.example.org')]],
    ['/dns6/a.example.org/tcp/1', [name('a.example.org')]],
    ['/dnsaddr/a.example.org', [name('a.example.org')]],
    ['/dns4/127.0.0.1/tcp/1', [ip(127, 0, 0, 1)]],
    ['/dns4/127.1/tcp/1', [ip(127, 0, 0, 1)]],
    ['/dns4/0x7f000001/tcp/1', [ip(127, 0, 0, 1)]],
    ['/dns4/10.0.0.1./tcp/1', [ip(10, 0, 0, 1)]],
    ['/dns6/::ffff:10.0.0.1/tcp/1', [ip(10, 0, 0, 1)]],
    [`/ip4/192.0.2.7/tcp/1/p2p/${RELAY}/p2p-circuit`, [ip(192, 0, 2, 7)]],
    [
      `/dns4/relay.example.org/tcp/1/p2p/${RELAY}/p2p-circuit/ip4/10.0.0.1/tcp/1`,
      [name('relay.example.org'), ip(10, 0, 0, 1)]
    ],
    [`/p2p/${RELAY}/p2p-circuit`, []],
    [`/p2p/${RELAY}/p2p-circuit/ip4/192.0.2.7`, []],
    ['/memory/1', []],
    ['/unix/tmp%2Fsocket', []]
  ])('in %s are %j', ([text, hosts]) => {
    expect(hostsOf(multiaddr(text).bytes)).toEqual(hosts)
  })

  it('are looked for in no other bytes', () => {
    expect(() => hostsOf(Uint8Array.of(4, 1, 2))).toThrow()
  })
})
