import { ProtobufFields } from '../protobuf-fields.ts'
import { assertProtobufShape, type ProtobufShape } from '../protobuf-shape.ts'
import type { RecordKind } from './record-kind.ts'

/** What every kind of record says of its peer. */
export interface RecordPayload {
  /** As it stands in the record: not yet known to be the signer's. */
  peerId: Uint8Array
  seq: bigint
  addresses: Uint8Array[]
}

interface PayloadFormat {
  /** What the .proto file says. */
  shape: ProtobufShape
  addresses: (record: ProtobufFields) => Uint8Array[]
}

const PEER_RECORD: PayloadFormat = {
  shape: { 1: 'bytes', 2: 'integer', 3: { 1: 'bytes' } },
  addresses: (record) => record.messages(3).map((info) => info.bytes(1) ?? new Uint8Array())
}

const FORMATS: Readonly<Record<RecordKind, PayloadFormat>> = {
  'peer-record': PEER_RECORD,
  // Only what is around the record differs.
  'routing-state-record': PEER_RECORD,
  // Its mix key is for those who find it: text or bytes, nothing here reads it.
  'waku-peer-record': {
    shape: { 1: 'bytes', 2: 'integer', 3: 'bytes', 4: 'bytes' },
    addresses: (record) => record.allBytes(3)
  }
}

/** Reads the payload of an envelope. @throws Error when it is none of that kind */
export function readPayload(
  payload: Uint8Array,
  kind: RecordKind,
  addressesMax: number
): RecordPayload {
  const { shape, addresses } = FORMATS[kind]

  assertProtobufShape(payload, shape)

  const record = new ProtobufFields(payload, addressesMax)

  return {
    peerId: record.bytes(1) ?? new Uint8Array(),
    seq: record.integer(2) ?? 0n,
    addresses: addresses(record)
  }
}
