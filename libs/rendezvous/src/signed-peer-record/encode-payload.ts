import { encodeFields } from '../protobuf-fields.ts'
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
      return encodeFields([
        [1, peerId],
        [2, seq],
        ...addresses.map((address) => [3, encodeFields([[1, address]])] as const)
      ])
    case 'waku-peer-record':
      return encodeFields([
        [1, peerId],
        [2, seq],
        ...addresses.map((address) => [3, address] as const),
        [4, mixKey]
      ])
    default:
      return kind satisfies never
  }
}
