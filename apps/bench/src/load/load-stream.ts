import type { Stream } from '@libp2p/interface'
import { encodeFrame, FrameDecoder, RECEIVED_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'

/** @see https://github.com/multiformats/multistream-select#the-multistream-select-protocol */
export const MULTISTREAM = '/multistream/1.0.0'

/** A stream with one request at a time, each of which has one answer. */
export class LoadStream {
  readonly #stream: Stream
  readonly #frames = new FrameDecoder(RECEIVED_FRAME_BYTES_MAX)
  /** What is to come back before the first answer. */
  readonly #agreed: string[]
  #first: Uint8Array | undefined
  #waiting?: PromiseWithResolvers<Uint8Array>

  constructor(stream: Stream, protocol: string) {
    this.#stream = stream
    this.#agreed = [MULTISTREAM, protocol]
    this.#first = Buffer.concat(this.#agreed.map((text) => encodeFrame(Buffer.from(`${text}\n`))))
    stream.addEventListener('message', ({ data }) => {
      this.#frames.append(data)
      this.#read()
    })
    stream.addEventListener('close', () => this.#fail('the stream was ended'))
  }

  get isOpen(): boolean {
    return this.#stream.status === 'open'
  }

  /**
   * Sends a request along with what agrees on the protocol, where that has not been sent.
   *
   * @param request - with its length; empty where the other side speaks first
   * @returns the answer, without its length
   * @throws Error if the stream ends instead, or the protocol is not served
   */
  async ask(request: Uint8Array): Promise<Uint8Array> {
    const answer = Promise.withResolvers<Uint8Array>()

    this.#waiting = answer
    this.#stream.send(this.#first == null ? request : Buffer.concat([this.#first, request]))
    this.#first = undefined

    return answer.promise
  }

  async close(): Promise<void> {
    await this.#stream.close()
  }

  /** As go-libp2p's rendezvous clients end theirs. */
  reset(): void {
    this.#stream.abort(new Error('done'))
  }

  #read(): void {
    for (let frame = this.#frames.next(); frame != null; frame = this.#frames.next()) {
      const expected = this.#agreed.shift()

      if (expected == null) {
        this.#waiting?.resolve(frame)
        this.#waiting = undefined
      } else if (Buffer.from(frame).toString() !== `${expected}\n`) {
        this.#fail(`${expected} is not served`)
      }
    }
  }

  #fail(reason: string): void {
    this.#waiting?.reject(new Error(reason))
    this.#waiting = undefined
  }
}
