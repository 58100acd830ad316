import { AssertionError } from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { type Answer, readAnswer } from './answers.ts'
import { joined, readVarint } from './protobuf.ts'
import type { Protocol } from './protocols.ts'

/** How a stream ended: the point closed it, or reset it. */
export type StreamEnd = 'closed' | 'reset'

/** A stream on which a case writes any bytes and reads what comes back. */
export class CaseStream {
  readonly #stream: Stream
  readonly #protocol: Protocol
  readonly #onSend: () => void
  #received: Uint8Array = new Uint8Array()
  #ended?: StreamEnd
  #wake: () => void = () => {}

  constructor(stream: Stream, protocol: Protocol, onSend = () => {}) {
    this.#onSend = onSend
    this.#stream = stream
    this.#protocol = protocol
    stream.addEventListener('message', ({ data }) => {
      this.#received = joined(this.#received, data.subarray())
      this.#wake()
    })
    stream.addEventListener('end', () => {
      // A reset ends the stream too, ahead of its 'close'.
      this.#end(stream.status === 'reset' ? 'reset' : 'closed')
    })
    stream.addEventListener('close', ({ error }) => this.#end(error == null ? 'closed' : 'reset'))
  }

  send(...frames: readonly Uint8Array[]): void {
    this.#onSend()
    this.#stream.send(joined(...frames))
  }

  /** Half-closes: no more requests. */
  async closeWrite(): Promise<void> {
    await this.#stream.close()
  }

  /** Resets, as Go peers do once they have their answer. */
  reset(): void {
    this.#stream.abort(new Error('done'))
  }

  /** The next answer, or how the stream ended instead. */
  async next(): Promise<Answer | StreamEnd> {
    for (;;) {
      const message = this.#takeFrame()

      if (message != null) {
        return message
      }

      if (this.#ended != null) {
        return this.#ended
      }

      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** @throws AssertionError unless the next thing is an answer of this type */
  async answer<T extends Answer['type']>(type: T): Promise<Extract<Answer, { type: T }>> {
    const next = await this.next()

    if (typeof next === 'string') {
      throw new AssertionError({ message: `no answer, the stream was ${next}` })
    }

    if (next.type !== type) {
      throw new AssertionError({ message: `answered as a ${next.type}` })
    }

    return next as Extract<Answer, { type: T }>
  }

  /** @throws AssertionError when an answer comes, or another end */
  async expectEnd(end: StreamEnd): Promise<void> {
    const next = await this.next()

    if (next !== end) {
      const what = typeof next === 'string' ? next : `answered ${next.status} ${next.statusText}`

      throw new AssertionError({ message: `expected the stream to be ${end}, it was ${what}` })
    }
  }

  #takeFrame(): Answer | undefined {
    const [length, prefixBytes] = readVarint(this.#received) ?? []

    if (length == null || prefixBytes == null) {
      return undefined
    }

    const frameBytes = prefixBytes + Number(length)

    if (this.#received.byteLength < frameBytes) {
      return undefined
    }

    const message = this.#received.slice(prefixBytes, frameBytes)

    this.#received = this.#received.slice(frameBytes)

    return readAnswer(message, this.#protocol, frameBytes)
  }

  #end(how: StreamEnd): void {
    this.#ended ??= how
    this.#wake()
  }
}
