import { multiaddr, registry } from '@multiformats/multiaddr'
import { joined, varint } from '../../conformance/protobuf.ts'
import type { Random } from '../random.ts'

const SOUND = [
  '/ip4/192.0.2.1/tcp/60000',
  '/ip6/2001:db8::1/udp/4001/quic-v1',
  '/dns4/rendezvous.example.org/tcp/443/wss',
  '/dnsaddr/rendezvous.example.org',
  '/ip6zone/eth0/ip6/fe80::1/tcp/1',
  '/unix/%2Ftmp%2Fsocket',
  '/ip4/192.0.2.1/tcp/443/tls/sni/rendezvous.example.org/ws',
  '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWGWPozSRfGaWe94gAfhaHTqNrZWSzE9mR2pjehfQZAzGT/p2p-circuit',
  '/ip4/192.0.2.1/tcp/4001/p2p/QmaDGb7YQzAauFmgbNCixR5TDnBAY4NMKt3nnJt7nn6eRw',
  '/ip4/192.0.2.1/udp/4001/webrtc-direct/certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ'
].map((text) => new Uint8Array(multiaddr(text).bytes))

/** Above the highest code of the registry, `memory` and a few others apart. */
const CODES_SEARCHED = 1024

/** Codes of all protocols that the library knows. */
const CODES = Array.from({ length: CODES_SEARCHED }, (_, code) => code).filter((code) => {
  try {
    return registry.getProtocol(code) != null
  } catch {
    // The library has no other way to say that it does not know one.
    return false
  }
})

/** Addresses that everybody reads. */
export const SOUND_MULTIADDRS: readonly Uint8Array[] = SOUND

/** Mostly a sound one, or parts of one with values that may be none. */
export function randomMultiaddr(random: Random): Uint8Array {
  return random.chance(0.8) ? random.pick(SOUND) : randomParts(random)
}

/** One to three parts of any protocols, with values of any bytes. */
export function randomParts(random: Random): Uint8Array {
  return joined(...Array.from({ length: 1 + random.below(3) }, () => randomPart(random)))
}

function randomPart(random: Random): Uint8Array {
  const code = random.pick(CODES)
  const { size = 0 } = registry.getProtocol(code)
  const value = random.bytes(size >= 0 ? size / 8 : random.below(45))

  return size >= 0
    ? joined(varint(code), value)
    : joined(varint(code), varint(value.byteLength), value)
}
