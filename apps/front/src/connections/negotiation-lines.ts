import { FrameDecoder, HeldMemory } from '@rendezvous-cluster/wire'

/** Bytes as libp2p hands them on: in one piece, or in several. */
export type ReceivedBytes = Parameters<FrameDecoder['append']>[0]

/** Longest line with its end, as in libp2p. */
const LINE_BYTES_MAX = 1024

/** Most lines until a protocol is agreed; peers send two, or one more per version they know. */
const LINES_MAX = 16

/**
 * What a peer sends to agree on a protocol, line by line.
 *
 * @see https://github.com/multiformats/multistream-select#the-multistream-select-protocol
 */
export class NegotiationLines {
  readonly #frames = new FrameDecoder(LINE_BYTES_MAX, new HeldMemory())
  #count = 0

  append(data: ReceivedBytes): void {
    this.#frames.append(data)
  }

  /**
   * The next line without its end, if it is whole.
   *
   * @throws Error where it is too long, has no end, or is one too many
   */
  next(): string | undefined {
    const line = this.#frames.next()

    if (line == null) {
      return undefined
    }

    if (++this.#count > LINES_MAX) {
      throw new Error('too many protocols')
    }

    const text = Buffer.from(line).toString()

    if (!text.endsWith('\n')) {
      throw new Error('a line without an end')
    }

    return text.trimEnd()
  }

  /** What has come after the last line; nothing is left here. */
  takeRest(): ReturnType<FrameDecoder['takeRest']> {
    return this.#frames.takeRest()
  }
}
