import { parseStoredRecord, type StoredRecord } from './record-header.ts'

/** How long a peer and a record are, ahead of both. */
const PEER_LENGTH_BYTES = 2
const RECORD_LENGTH_BYTES = 4

/** A registration of a namespace, as scripts answer it. */
export interface PackedMember extends StoredRecord {
  /** The peer id's bytes as a string of code points 0-255. */
  peerKey: string
}

/**
 * Takes apart what `page-2.lua` and `draw-2.lua` answer in one piece. Records are views on it.
 *
 * @throws RangeError for what they do not answer
 */
export function unpackMembers(packed: Buffer): PackedMember[] {
  const members: PackedMember[] = []
  let offset = 0

  while (offset < packed.byteLength) {
    const peerStart = offset + PEER_LENGTH_BYTES + RECORD_LENGTH_BYTES
    const recordStart = peerStart + packed.readUInt16BE(offset)
    const end = recordStart + packed.readUInt32BE(offset + PEER_LENGTH_BYTES)

    const { expiresAtMs, sequence, record } = parseStoredRecord(packed.subarray(recordStart, end))

    members.push({
      peerKey: packed.toString('latin1', peerStart, recordStart),
      expiresAtMs,
      sequence,
      record
    })
    offset = end
  }

  return members
}
