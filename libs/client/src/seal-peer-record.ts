import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { RecordEnvelope } from '@libp2p/peer-record'
import type { Multiaddr } from '@multiformats/multiaddr'
import { encodePayload, RECORD_KINDS, type RecordKind } from '@rendezvous-cluster/rendezvous'

export interface SealOptions {
  /** What the dialect wants: its `rules.recordKind`. Default `peer-record`. */
  kind?: RecordKind
  /** Milliseconds since 1970: readers take the highest they have seen. Default: now. */
  seq?: bigint
}

/** A signed envelope that says under which addresses the key's peer is reached. */
export async function sealPeerRecord(
  privateKey: PrivateKey,
  multiaddrs: Multiaddr[],
  { kind = 'peer-record', seq = BigInt(Date.now()) }: SealOptions = {}
): Promise<Uint8Array> {
  const { domain, payloadType } = RECORD_KINDS[kind]
  const payload = encodePayload(
    {
      peerId: peerIdFromPrivateKey(privateKey).toMultihash().bytes,
      seq,
      addresses: multiaddrs.map(({ bytes }) => bytes)
    },
    kind
  )
  const record = { domain, codec: payloadType, marshal: () => payload, equals: () => false }
  const envelope = await RecordEnvelope.seal(record, privateKey)

  return envelope.marshal()
}
