import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import type { Multiaddr } from '@multiformats/multiaddr'

/** A signed envelope that says under which addresses the key's peer is reached. */
export async function sealPeerRecord(
  privateKey: PrivateKey,
  multiaddrs: Multiaddr[]
): Promise<Uint8Array> {
  const record = new PeerRecord({ peerId: peerIdFromPrivateKey(privateKey), multiaddrs })
  const envelope = await RecordEnvelope.seal(record, privateKey)

  return envelope.marshal()
}
