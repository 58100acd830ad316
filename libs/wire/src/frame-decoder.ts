import { Uint8ArrayList } from 'uint8arraylist'
import { LENGTH_PREFIX_BYTES_MAX } from './frame-limits.ts'
import { copyOf, type HeldMemory } from './held-memory.ts'
import { MalformedMessageError } from './malformed-message-error.ts'

/**
 * Cuts a stream of bytes into frames: a length as unsigned varint, then that many bytes.
 *
 * Frames are handed out one at a time, so that a chunk with thousands of them costs nothing until
 * each is asked for. A violation shows as soon as the bytes that prove it are there.
 */
export class FrameDecoder {
  readonly #frameBytesMax: number
  readonly #buffer = new Uint8ArrayList()
  readonly #held: HeldMemory | undefined

  /**
   * @param frameBytesMax - most bytes of a frame without its length prefix
   * @param held - keeps the memory of what waits small, for who reads from many peers at once
   */
  constructor(frameBytesMax: number, held?: HeldMemory) {
    this.#frameBytesMax = frameBytesMax
    this.#held = held
  }

  /** Bytes received and not yet handed out. */
  get bufferedBytes(): number {
    return this.#buffer.byteLength
  }

  /**
   * Adds what has arrived, wherever it was cut. It is kept as it is, so it must not be changed later, and
   * is checked by `next` alone. Nothing bounds how much waits here: look at `bufferedBytes`.
   */
  append(chunk: Uint8Array | Uint8ArrayList): void {
    this.#buffer.append(chunk)
    this.#held?.added(this.#buffer, chunk)
  }

  /**
   * The next frame, in memory of its own, or `undefined` while it is incomplete.
   *
   * @throws MalformedMessageError on a length above the limit or a prefix that does not end
   */
  next(): Uint8Array | undefined {
    const frame = this.#next()

    if (frame == null) {
      this.#held?.settle(this.#buffer)
    }

    return frame
  }

  /** What has come after the last frame, for another reader; nothing is left here. */
  takeRest(): Uint8ArrayList {
    const rest = this.#buffer.sublist()

    this.#buffer.consume(rest.byteLength)

    return rest
  }

  #next(): Uint8Array | undefined {
    let length = 0

    for (let index = 0; index < this.#buffer.byteLength; index++) {
      if (index === LENGTH_PREFIX_BYTES_MAX) {
        throw new MalformedMessageError('length prefix does not end')
      }

      const byte = this.#buffer.get(index)

      length += (byte & 0x7f) * 2 ** (7 * index)

      if (byte < 0x80) {
        return this.#take(index + 1, length)
      }
    }

    return undefined
  }

  #take(prefixBytes: number, length: number): Uint8Array | undefined {
    if (length > this.#frameBytesMax) {
      throw new MalformedMessageError(`frame of ${length} bytes, limit ${this.#frameBytesMax}`)
    }

    const end = prefixBytes + length

    if (this.#buffer.byteLength < end) {
      return undefined
    }

    const frame = copyOf(this.#buffer.sublist(prefixBytes, end), length)

    this.#buffer.consume(end)

    return frame
  }
}
