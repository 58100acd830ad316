import { assertProtobufShape, type ProtobufShape } from '../protobuf-shape.ts'
import { PeerRecord } from './generated/peer-record.ts'
import { WakuPeerRecord } from './generated/waku-peer-record.ts'
import type { RecordKind } from './record-kind.ts'

/** What every kind of record says of its peer. */
export interface RecordPayload {
  /** As it stands in the record: not yet known to be the signer's. */
  peerId: Uint8Array
  seq: bigint
  addresses: Uint8Array[]
}

interface PayloadReader {
  /** What the .proto file says. */
  shape: ProtobufShape
  /** @throws Error also for more than `addressesMax` addresses */
  decode(payload: Uint8Array, addressesMax: number): RecordPayload
}

const PEER_RECORD: PayloadReader = {
  shape: { 1: 'bytes', 2: 'integer', 3: { 1: 'bytes' } },
  decode(payload, addressesMax) {
    const { peerId, seq, addresses } = PeerRecord.decode(payload, {
      limits: { addresses: addressesMax }
    })

    return {
      peerId: peerId ?? new Uint8Array(),
      seq: seq ?? 0n,
      addresses: addresses.map(({ multiaddr }) => multiaddr ?? new Uint8Array())
    }
  }
}

const READERS: Readonly<Record<RecordKind, PayloadReader>> = {
  'peer-record': PEER_RECORD,
  // Only what is around the record differs.
  'routing-state-record': PEER_RECORD,
  // Its mix key is for those who find it: text or bytes, nothing here reads it.
  'waku-peer-record': {
    shape: { 1: 'bytes', 2: 'integer', 3: 'bytes', 4: 'bytes' },
    decode(payload, addressesMax) {
      const { peerId, seqNo, addresses } = WakuPeerRecord.decode(payload, {
        limits: { addresses: addressesMax }
      })

      return { peerId: peerId ?? new Uint8Array(), seq: seqNo ?? 0n, addresses }
    }
  }
}

/** Reads the payload of an envelope. @throws Error when it is none of that kind */
export function readPayload(
  payload: Uint8Array,
  kind: RecordKind,
  addressesMax: number
): RecordPayload {
  const { shape, decode } = READERS[kind]

  assertProtobufShape(payload, shape)

  return decode(payload, addressesMax)
}
