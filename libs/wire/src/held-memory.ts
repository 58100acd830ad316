/** What a piece takes beside its bytes. */
const PIECE_BYTES = 128

/** What may be held beyond twice the bytes that wait. */
const SLACK_BYTES = 1024

/** Bytes in pieces, as `uint8arraylist` has them. */
export interface Pieces extends Iterable<Uint8Array> {
  byteLength: number
  /** Adds a piece at the end, which may be a view and need not be copied. */
  append(bytes: Uint8Array): void
  /** Takes so many bytes away at the front. */
  consume(bytes: number): void
}

/**
 * Keeps bytes that wait in little more memory than they are: twice, and a kilobyte. A piece is a view, and a
 * single byte holds back the 64 KiB that were read with it; a piece of one byte takes a hundred.
 */
export class HeldMemory {
  #bytes = 0

  /** To be told of each piece that is added, once it has been. */
  added(
    waiting: Pieces,
    pieces: Uint8Array | (Iterable<Uint8Array> & { byteLength: number })
  ): void {
    if (waiting.byteLength <= pieces.byteLength) {
      // All that was there before has been taken.
      this.#bytes = 0
    }

    for (const piece of pieces instanceof Uint8Array ? [pieces] : pieces) {
      this.#bytes += piece.buffer.byteLength + PIECE_BYTES
    }

    this.settle(waiting)
  }

  /** To be called once somebody has taken what can be, so that something else waits now. */
  settle(waiting: Pieces): void {
    if (waiting.byteLength === 0) {
      this.#bytes = 0
    } else if (this.#bytes > 2 * waiting.byteLength + SLACK_BYTES) {
      const joined = copyOf(waiting, waiting.byteLength)

      waiting.consume(joined.byteLength)
      waiting.append(joined)
      this.#bytes = joined.byteLength + PIECE_BYTES
    }
  }
}

/** In memory of its own: the `slice` of `uint8arraylist` takes small ones from a pool, which they hold back. */
export function copyOf(pieces: Iterable<Uint8Array>, bytes: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  let offset = 0

  for (const piece of pieces) {
    copy.set(piece, offset)
    offset += piece.byteLength
  }

  return copy
}
