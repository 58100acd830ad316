import { PeerRecord } from './generated/peer-record.ts'
import { WakuPeerRecord } from './generated/waku-peer-record.ts'
import type { RecordPayload } from './read-payload.ts'
import type { RecordKind } from './record-kind.ts'

/**
 * The payload of an envelope, to be signed.
 *
 * @param mixKey - of a `waku-peer-record` only; its readers want the field to be there
 */
export function encodePayload(
  { peerId, seq, addresses }: RecordPayload,
  kind: RecordKind,
  mixKey: Uint8Array = new Uint8Array()
): Uint8Array {
  switch (kind) {
    case 'peer-record':
    case 'routing-state-record':
      // Generated types want buffers that are not shared between threads: ours never are, hence `as`.
      return PeerRecord.encode({
        peerId,
        seq,
        addresses: addresses.map((multiaddr) => ({ multiaddr }))
      } as PeerRecord)
    case 'waku-peer-record':
      return WakuPeerRecord.encode({ peerId, seqNo: seq, addresses, mixKey } as WakuPeerRecord)
    default:
      return kind satisfies never
  }
}
