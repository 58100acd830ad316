import type { Stream } from '@libp2p/interface'
import type { PointConnection } from './point-connection.ts'

export interface AnswerWriterInit {
  stream: Stream
  connection: PointConnection
  /** A steady clock in milliseconds. */
  now: () => number
  /** The transport has taken an answer whole that it did not take at once. */
  onTaken: () => void
}

/** Hands answers to a stream's transport, one after the other, and knows what it has not taken. */
export class AnswerWriter {
  readonly #init: AnswerWriterInit
  #unsent?: { bytes: number; sinceMs: number }

  constructor(init: AnswerWriterInit) {
    this.#init = init
  }

  /** Whether there is an answer that the transport has not taken whole. */
  get isSending(): boolean {
    return this.#unsent != null
  }

  /** @returns whether the transport took all of it, `undefined` when it is gone */
  send(answer: Uint8Array): boolean | undefined {
    const { stream, connection, now } = this.#init

    try {
      const isTaken = stream.send(answer)

      if (!isTaken) {
        this.#unsent = { bytes: stream.writeBufferLength, sinceMs: now() }
        connection.addUnsent(stream.writeBufferLength)
      }

      return isTaken
    } catch (error) {
      // The connection broke at this moment; libp2p has ended the stream, or does so now.
      stream.abort(error as Error)

      return undefined
    }
  }

  /** To be called when the transport takes more. */
  onDrain(): void {
    const { stream, onTaken } = this.#init

    if (this.isSending && stream.writeBufferLength === 0 && !stream.writableNeedsDrain) {
      this.giveUp()
      onTaken()
    }
  }

  /**
   * Whether the transport has taken nothing of an answer for too long.
   *
   * @param nowMs - of a steady clock
   */
  isStalled(nowMs: number, stalledWriteMs: number): boolean {
    const unsent = this.#unsent
    const bytes = this.#init.stream.writeBufferLength

    if (unsent == null) {
      return false
    }

    if (bytes < unsent.bytes) {
      this.#init.connection.addUnsent(bytes - unsent.bytes)
      this.#unsent = { bytes, sinceMs: nowMs }

      return false
    }

    return nowMs - unsent.sinceMs > stalledWriteMs
  }

  /** Waits for nothing any more. */
  giveUp(): void {
    const bytes = this.#unsent?.bytes ?? 0

    this.#unsent = undefined
    this.#init.connection.addUnsent(-bytes)
  }
}
