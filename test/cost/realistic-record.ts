import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '@rendezvous-cluster/client'

/** A signed record as Waku nodes send them, with two addresses. */
export async function realisticRecord(): Promise<Uint8Array> {
  return sealPeerRecord(await generateKeyPair('Ed25519'), [
    multiaddr('/ip4/203.0.113.77/tcp/60000'),
    multiaddr('/dns4/node-07.example.org/tcp/8000/wss')
  ])
}
