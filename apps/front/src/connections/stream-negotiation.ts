import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { encodeFrame } from '@rendezvous-cluster/wire'
import { NegotiationLines } from './negotiation-lines.ts'

/** @see https://github.com/multiformats/multistream-select#the-multistream-select-protocol */
const MULTISTREAM = '/multistream/1.0.0'

export interface StreamNegotiationInit {
  stream: Stream
  /** Protocols that are served. */
  protocols: readonly string[]
  /** A protocol is agreed; what has come after it is there to be read. */
  onAgreed: () => void
  /** There is nothing more to wait for: agreed or not. */
  onEnd: () => void
  /** Told when the peer breaks the rules; its stream is reset. */
  onMalformed: () => void
}

/**
 * Agrees with a peer on a stream's protocol, as the one that answers.
 *
 * libp2p's own way reads a length byte by byte until it ends, however late, and answers any number
 * of protocols: 240 KB of it take the event loop for seconds. It leaves streams alone that have their
 * protocol already. Here everything that has arrived is answered at once, and only so many lines.
 */
export class StreamNegotiation {
  readonly #init: StreamNegotiationInit
  readonly #stream: Stream
  readonly #lines = new NegotiationLines()
  #hasEnded = false

  constructor(init: StreamNegotiationInit) {
    const { stream } = init

    this.#init = init
    this.#stream = stream
    stream.addEventListener('message', this.#onMessage)
    stream.addEventListener('remoteCloseWrite', this.#onRemoteCloseWrite)
    stream.addEventListener('close', this.#end)

    if (stream.remoteWriteStatus === 'closed') {
      this.#onRemoteCloseWrite()
    }
  }

  readonly #onMessage = ({ data }: StreamMessageEvent) => {
    this.#lines.append(data)

    try {
      this.#answer()
    } catch (error) {
      this.#end()
      this.#init.onMalformed()
      this.#stream.abort(error as Error)
    }
  }

  /** The peer sends no more. What came along with that is handed out after this event. */
  readonly #onRemoteCloseWrite = () => {
    queueMicrotask(() => {
      if (!this.#hasEnded) {
        this.#end()
        this.#stream.close().catch(() => {
          // It has ended in another way meanwhile.
        })
      }
    })
  }

  /** @throws Error where what has come is no negotiation, or none that ends */
  #answer(): void {
    const answers: Uint8Array[] = []
    let agreed: string | undefined

    for (let protocol = this.#lines.next(); protocol != null; protocol = this.#lines.next()) {
      agreed = this.#init.protocols.find((served) => served === protocol)
      answers.push(lineOf(protocol === MULTISTREAM ? MULTISTREAM : (agreed ?? 'na')))

      if (agreed != null) {
        break
      }
    }

    if (answers.length > 0) {
      this.#stream.send(Buffer.concat(answers))
    }

    if (agreed != null) {
      this.#agree(agreed)
    }
  }

  #agree(protocol: string): void {
    const rest = this.#lines.takeRest()

    this.#end()
    this.#stream.protocol = protocol

    if (rest.byteLength > 0) {
      this.#stream.unshift(rest)
    }

    this.#init.onAgreed()
  }

  readonly #end = () => {
    const stream = this.#stream

    if (!this.#hasEnded) {
      this.#hasEnded = true
      stream.removeEventListener('message', this.#onMessage)
      stream.removeEventListener('remoteCloseWrite', this.#onRemoteCloseWrite)
      stream.removeEventListener('close', this.#end)
      this.#init.onEnd()
    }
  }
}

function lineOf(text: string): Uint8Array {
  return encodeFrame(Buffer.from(`${text}\n`))
}
