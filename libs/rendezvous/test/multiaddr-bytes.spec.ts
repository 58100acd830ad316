import { multiaddr, registry } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { encode as encodeVarint } from 'uint8-varint'
import { describe, expect, it } from 'vitest'
import { assertMultiaddr } from '../src/signed-peer-record/multiaddr-bytes.ts'

const ED25519 = '12D3KooWGWPozSRfGaWe94gAfhaHTqNrZWSzE9mR2pjehfQZAzGT'
const RSA = 'QmaDGb7YQzAauFmgbNCixR5TDnBAY4NMKt3nnJt7nn6eRw'
const TCP = [0x06, 0x0f, 0xa1]

describe('a multiaddr', () => {
  it.each([
    '/ip4/192.0.2.1/tcp/60000',
    '/ip6/2001:db8::1/udp/4001/quic-v1',
    '/dns4/rendezvous.example.org/tcp/443/wss',
    '/dnsaddr/rendezvous.example.org',
    `/ip4/192.0.2.1/tcp/4001/p2p/${ED25519}/p2p-circuit`,
    `/ip4/192.0.2.1/tcp/4001/p2p/${RSA}`,
    '/ip4/192.0.2.1/udp/4001/webrtc-direct/certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ'
  ])('such as %s is read', (text) => {
    expect(() => assertMultiaddr(multiaddr(text).bytes)).not.toThrow()
  })

  it.each<[string, number[]]>([
    ['without a byte', []],
    ['of an unknown protocol', [0x7f]],
    ['that ends inside a port', [0x06, 0x0f]],
    ['that ends inside a number', [0x86]],
    ['with a number that does not end', new Array(20).fill(0xff)],
    ['with a number in more bytes than it needs', [0x86, 0x00, 0x0f, 0xa1]],
    ['with a name that is no UTF-8', [0x36, 0x02, 0xff, 0xfe]],
    ['with an empty name', [0x36, 0x00]],
    ['with a name that begins another part', [0x36, 0x03, 0x61, 0x2f, 0x62]],
    ['with a zero in its name', [0x36, 0x01, 0x00]],
    ['with a path of one character in four bytes', [0xe1, 0x03, 0x04, 0xf0, 0x9f, 0x98, 0x80]],
    ['with an empty certhash', [0xd2, 0x03, 0x00]],
    ['with a name longer than itself', [0x36, 0x7f, 0x61]],
    ['with an empty peer id', [0xa5, 0x03, 0x00]],
    ['with a peer id of another hash', [0xa5, 0x03, 0x03, 0x13, 0x01, 0x61]],
    ['with a peer id whose length is wrong', [0xa5, 0x03, 0x03, 0x00, 0x02, 0x61]],
    ['with a peer id of 43 bytes', [0xa5, 0x03, 45, 0x00, 43, ...new Array(43).fill(1)]],
    ['with garbage behind it', [...TCP, 0x00, 0xff, 0xff]]
  ])('%s is refused', (_what, bytes) => {
    expect(() => assertMultiaddr(Uint8Array.from(bytes))).toThrow()
  })

  it('is not turned into text: what would take milliseconds so is refused by its length', () => {
    const length = 2000
    const peerId = [0xa5, 0x03, (length & 0x7f) | 0x80, length >> 7]
    const bytes = Uint8Array.from([...peerId, ...new Array(length).fill(0xff)])

    expect(() => assertMultiaddr(bytes)).toThrow('no peer id')
  })

  it('that is accepted is one that the library reads', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CODES), fc.uint8Array({ maxLength: 40 }), (code, value) => {
        for (const bytes of [value, Uint8Array.of(value.byteLength, ...value)]) {
          const address = Uint8Array.from([...encodeVarint(code), ...bytes])

          if (isAccepted(address)) {
            expect(() => multiaddr(address)).not.toThrow()
          }
        }
      }),
      { numRuns: 5000, seed: 1 }
    )
  })
})

/** Every protocol that the library knows. */
const CODES = Array.from({ length: 600 }, (_, code) => code).filter((code) => {
  try {
    return registry.getProtocol(code) != null
  } catch {
    return false
  }
})

function isAccepted(address: Uint8Array): boolean {
  try {
    assertMultiaddr(address)

    return true
  } catch {
    return false
  }
}
