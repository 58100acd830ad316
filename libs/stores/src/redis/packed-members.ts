import { parseStoredRecord, type StoredRecord } from './record-header.ts'

/** The bytes that arrays and strings of MessagePack begin with, where their length is not in the same byte. */
const ARRAY_16 = 0xdc
const STRING_8 = 0xd9
const STRING_16 = 0xda
const STRING_32 = 0xdb
const FALSE = 0xc2

/** Those whose length is in the same byte: its lowest four and five bits. */
const SHORT_ARRAY = 0x90
const SHORT_ARRAYS = 16
const SHORT_STRING = 0xa0
const SHORT_STRINGS_END = 0xc0

/** A registration of a namespace, as scripts answer it. */
export interface PackedMember extends StoredRecord {
  /** The peer id's bytes as a string of code points 0-255. */
  peerKey: string
}

/**
 * Puts together what scripts answer of peers and of their records. Records are views on it.
 *
 * @returns in their order, without those that have no record
 * @throws Error for what scripts do not answer
 */
export function unpackMembers(peers: Buffer, records: Buffer): PackedMember[] {
  const members: PackedMember[] = []
  const peer = new PackedStrings(peers)
  const record = new PackedStrings(records)

  assertAsMany(peer, record)

  while (peer.next() && record.next()) {
    if (!record.isNone) {
      members.push({
        peerKey: peers.toString('latin1', peer.start, peer.end),
        ...parseStoredRecord(records, record.start, record.end)
      })
    }
  }

  return members
}

/** As {@link unpackMembers}, with those that have no record. Peer ids are views, too. */
export function unpackPeers(
  peers: Buffer,
  records: Buffer
): { peerId: Buffer; stored?: StoredRecord }[] {
  const members: { peerId: Buffer; stored?: StoredRecord }[] = []
  const peer = new PackedStrings(peers)
  const record = new PackedStrings(records)

  assertAsMany(peer, record)

  while (peer.next() && record.next()) {
    const stored = record.isNone ? undefined : parseStoredRecord(records, record.start, record.end)

    members.push({ peerId: peers.subarray(peer.start, peer.end), stored })
  }

  return members
}

/**
 * Walks through an array of strings in MessagePack, as Redis's `cmsgpack` writes it.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
class PackedStrings {
  /** Of the current one. */
  start: number
  end: number
  /** Whether there is `false` in the place of a string. */
  isNone = false
  /** How many there are behind it. */
  left: number
  readonly #packed: Buffer

  /** @param packed - nothing stands for an empty array */
  constructor(packed: Buffer) {
    const isLong = packed[0] === ARRAY_16

    this.#packed = packed
    this.left = packed.byteLength === 0 ? 0 : isLong ? packed.readUInt16BE(1) : shortLength(packed)
    this.start = 0
    this.end = isLong ? 3 : 1
  }

  /** Goes on to the next one. @returns whether there is one */
  next(): boolean {
    if (this.left === 0) {
      return false
    }

    const packed = this.#packed
    const at = this.end
    const type = packed.readUInt8(at)
    let length = 0

    this.left--
    this.isNone = type === FALSE
    this.start = at + 1

    if (type >= SHORT_STRING && type < SHORT_STRINGS_END) {
      length = type - SHORT_STRING
    } else if (type === STRING_8) {
      length = packed.readUInt8(this.start)
      this.start += 1
    } else if (type === STRING_16) {
      length = packed.readUInt16BE(this.start)
      this.start += 2
    } else if (type === STRING_32) {
      length = packed.readUInt32BE(this.start)
      this.start += 4
    } else if (!this.isNone) {
      throw new Error(`no string begins with ${type}`)
    }

    this.end = this.start + length

    if (this.end > packed.byteLength) {
      throw new Error(`a string ends ${this.end - packed.byteLength} bytes behind what there is`)
    }

    return true
  }
}

function assertAsMany(peers: PackedStrings, records: PackedStrings): void {
  if (peers.left !== records.left) {
    throw new Error(`${records.left} records of ${peers.left} peers`)
  }
}

function shortLength(packed: Buffer): number {
  const length = packed.readUInt8(0) - SHORT_ARRAY

  if (length < 0 || length >= SHORT_ARRAYS) {
    throw new Error(`no array begins with ${packed[0]}`)
  }

  return length
}
