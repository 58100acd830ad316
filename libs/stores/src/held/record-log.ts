import { grown } from './grown.ts'

/** Bytes of a segment, unless one record needs more. */
const SEGMENT_BYTES = 256 * 1024

/** Before each peer id and record: its slot, and the lengths of both. */
const HEADER_BYTES = 12

/** How much more than is held may be dead, before any is won back. */
const DEAD_MAX = 0.5

/** And so many segments' worth, however little is held. */
const DEAD_SEGMENTS_MIN = 4

/** Stands for the segment of a slot that has nothing. */
const NOWHERE = -1

/** What is known of each slot, side by side, so that it is one look at memory. */
const SEGMENT = 0
/** Of the peer id, in its segment. */
const OFFSET = 1
const PEER_ID_BYTES = 2
const RECORD_BYTES = 3
const NUMBERS = 4

interface Segment {
  number: number
  /** The memory, and a view on all of it. */
  memory: ArrayBuffer
  bytes: Buffer
  /** Where the next record goes. */
  end: number
  /** Bytes that slots still hold. */
  held: number
}

/**
 * Peer ids and records by slot, one behind the other in a few large buffers, outside of the heap: a million of them
 * are nothing to look at for the garbage collector. What was written is never overwritten, so a view on it stays what
 * it is for as long as anybody has it. A buffer is left to the collector once nothing in it is held any more. Registrations
 * that are refreshed or expire in turns empty buffers in turns, so that little has to be moved for that.
 */
export class RecordLog {
  /** By number; those that were left are empty places. */
  readonly #segments: (Segment | undefined)[] = []
  readonly #freeNumbers: number[] = []
  /** What is written goes into it. */
  #last?: Segment
  /** {@link NUMBERS} of each slot. */
  #places = new Int32Array()
  #bytes = 0
  #held = 0
  #isWinningBack = false

  /** Bytes of all buffers. */
  get bytes(): number {
    return this.#bytes
  }

  /** Of them those that slots hold. */
  get heldBytes(): number {
    return this.#held
  }

  /** Puts a record into a slot that has none. Both are copied. */
  set(slot: number, peerId: Uint8Array, record: Uint8Array): void {
    this.#places = grown(this.#places, slot * NUMBERS + NUMBERS)
    this.#append(slot, peerId, record)
  }

  /** Replaces the record of a slot. Does nothing where it is the same. */
  replace(slot: number, record: Uint8Array): void {
    const { bytes } = this.#segment(slot)
    const start = this.#get(slot, OFFSET) + this.#get(slot, PEER_ID_BYTES)
    const end = start + this.#get(slot, RECORD_BYTES)

    if (bytes.compare(record, 0, record.byteLength, start, end) !== 0) {
      const peerId = this.peerId(slot)

      this.delete(slot)
      this.#append(slot, peerId, record)
    }
  }

  delete(slot: number): void {
    const segment = this.#segment(slot)
    const bytes = HEADER_BYTES + this.#get(slot, PEER_ID_BYTES) + this.#get(slot, RECORD_BYTES)

    segment.held -= bytes
    this.#held -= bytes
    this.#places[slot * NUMBERS + SEGMENT] = NOWHERE

    if (segment.held === 0) {
      this.#leave(segment)
    }
  }

  /** A view that does not change. */
  record(slot: number): Uint8Array {
    const start = this.#get(slot, OFFSET) + this.#get(slot, PEER_ID_BYTES)

    return new Uint8Array(this.#segment(slot).memory, start, this.#get(slot, RECORD_BYTES))
  }

  /** A view that does not change. */
  peerId(slot: number): Uint8Array {
    const { memory } = this.#segment(slot)

    return new Uint8Array(memory, this.#get(slot, OFFSET), this.#get(slot, PEER_ID_BYTES))
  }

  isOfPeer(slot: number, peerId: Uint8Array): boolean {
    const { byteLength } = peerId
    const start = this.#get(slot, OFFSET)

    return (
      this.#get(slot, PEER_ID_BYTES) === byteLength &&
      this.#segment(slot).bytes.compare(peerId, 0, byteLength, start, start + byteLength) === 0
    )
  }

  clear(): void {
    this.#segments.length = 0
    this.#freeNumbers.length = 0
    this.#last = undefined
    this.#bytes = 0
    this.#held = 0
  }

  #append(slot: number, peerId: Uint8Array, record: Uint8Array): void {
    const needed = HEADER_BYTES + peerId.byteLength + record.byteLength
    const segment = this.#withRoom(needed)
    const { bytes, end } = segment

    bytes.writeUInt32LE(slot, end)
    bytes.writeUInt32LE(peerId.byteLength, end + 4)
    bytes.writeUInt32LE(record.byteLength, end + 8)
    bytes.set(peerId, end + HEADER_BYTES)
    bytes.set(record, end + HEADER_BYTES + peerId.byteLength)

    const place = slot * NUMBERS

    this.#places[place + SEGMENT] = segment.number
    this.#places[place + OFFSET] = end + HEADER_BYTES
    this.#places[place + PEER_ID_BYTES] = peerId.byteLength
    this.#places[place + RECORD_BYTES] = record.byteLength
    segment.end += needed
    segment.held += needed
    this.#held += needed
  }

  #withRoom(needed: number): Segment {
    if (!hasRoom(this.#last, needed) && !this.#isWinningBack) {
      this.#winBack()
    }

    // What was won back may have filled it, or begun another one.
    if (!hasRoom(this.#last, needed)) {
      this.#last = this.#begin(Math.max(SEGMENT_BYTES, needed))
    }

    return this.#last
  }

  #begin(byteLength: number): Segment {
    const number = this.#freeNumbers.pop() ?? this.#segments.length
    // Of no pool, and left as it is: pages of memory that are not written to cost nothing.
    const bytes = Buffer.allocUnsafeSlow(byteLength)
    const memory = bytes.buffer as ArrayBuffer
    const segment = { number, memory, bytes, end: 0, held: 0 }

    this.#segments[number] = segment
    this.#bytes += byteLength

    return segment
  }

  #leave(segment: Segment): void {
    this.#segments[segment.number] = undefined
    this.#freeNumbers.push(segment.number)
    this.#bytes -= segment.bytes.byteLength

    if (segment === this.#last) {
      this.#last = undefined
    }
  }

  /**
   * Moves what is held in the emptiest segments, while too much is dead in all of them: no more than fills one, so that
   * nobody waits for long.
   */
  #winBack(): void {
    let moved = 0

    this.#isWinningBack = true

    while (moved < SEGMENT_BYTES && this.#bytes - this.#held > this.#deadMax()) {
      const emptiest = this.#emptiest()

      if (emptiest == null) {
        break
      }

      moved += emptiest.held
      this.#moveAll(emptiest)
    }

    this.#isWinningBack = false
  }

  #deadMax(): number {
    return Math.max(this.#held * DEAD_MAX, DEAD_SEGMENTS_MIN * SEGMENT_BYTES)
  }

  #emptiest(): Segment | undefined {
    let emptiest: Segment | undefined

    for (const segment of this.#segments) {
      if (segment != null && segment !== this.#last && isEmptier(segment, emptiest)) {
        emptiest = segment
      }
    }

    return emptiest
  }

  #moveAll(from: Segment): void {
    for (let offset = 0; offset < from.end && from.held > 0; ) {
      const slot = from.bytes.readUInt32LE(offset)
      const isHeld =
        this.#get(slot, SEGMENT) === from.number &&
        this.#get(slot, OFFSET) === offset + HEADER_BYTES

      offset +=
        HEADER_BYTES + from.bytes.readUInt32LE(offset + 4) + from.bytes.readUInt32LE(offset + 8)

      if (isHeld) {
        const [peerId, record] = [this.peerId(slot), this.record(slot)]

        this.delete(slot)
        this.#append(slot, peerId, record)
      }
    }
  }

  #segment(slot: number): Segment {
    return this.#segments[this.#get(slot, SEGMENT)] as Segment
  }

  #get(slot: number, number: number): number {
    return this.#places[slot * NUMBERS + number] as number
  }
}

function hasRoom(segment: Segment | undefined, needed: number): segment is Segment {
  return segment != null && segment.end + needed <= segment.bytes.byteLength
}

function isEmptier(segment: Segment, than: Segment | undefined): boolean {
  return than == null || segment.held * than.bytes.byteLength < than.held * segment.bytes.byteLength
}
