import type { Connection, Libp2p, Stream } from '@libp2p/interface'

/** `closed`: no answer, and the caller was told so by the end of its stream or connection. */
export type RequestOutcome = 'answered' | 'closed' | 'unanswered'

export interface RequestWatchInit {
  /** Streams of other protocols are left alone. */
  protocols: readonly string[]
  /** After so long without an answer and without an end, a request is unanswered. */
  unansweredAfterMs: number
  onEnd: (outcome: RequestOutcome, tookMs: number) => void
  /** A steady clock in milliseconds. */
  now: () => number
}

/** One stretch of waiting: for a stream, or for what comes back on it. */
interface Waiting {
  sinceMs: number
  /** What the request had waited for its stream before. */
  beforeMs: number
}

/**
 * Sees each request of a node on the wire, whatever its client makes of it: from the opening of its
 * stream to the first bytes that come back, or the stream's end.
 */
export class RequestWatch {
  readonly #init: RequestWatchInit
  readonly #waiting = new Set<Waiting>()

  constructor(init: RequestWatchInit) {
    this.#init = init
  }

  /** To be called before the node connects to anybody. */
  watch(node: Libp2p): void {
    node.addEventListener('connection:open', ({ detail }) => this.#watchConnection(detail))
  }

  /** Tells of what has waited for too long. To be called now and then. */
  check(): void {
    for (const waiting of this.#waiting) {
      if (this.#elapsed(waiting) > this.#init.unansweredAfterMs) {
        this.#end(waiting, 'unanswered')
      }
    }
  }

  #watchConnection(connection: Connection): void {
    const newStream = connection.newStream.bind(connection)

    connection.newStream = async (protocols, options) => {
      if (![protocols].flat().some((protocol) => this.#init.protocols.includes(protocol))) {
        return newStream(protocols, options)
      }

      const opening = this.#begin(0)

      try {
        const stream = await newStream(protocols, options)

        // Otherwise it is unanswered already.
        if (this.#waiting.has(opening)) {
          this.#watchStream(stream, this.#elapsed(opening))
        }

        return stream
      } catch (error) {
        this.#end(opening, 'closed')

        throw error
      } finally {
        this.#waiting.delete(opening)
      }
    }
  }

  /** From the request on: by then its sender listens, and no event is taken from it. */
  #watchStream(stream: Stream, openedInMs: number): void {
    const send = stream.send.bind(stream)
    let isSent = false

    stream.send = (data) => {
      if (!isSent) {
        isSent = true
        this.#watchAnswer(stream, this.#begin(openedInMs))
      }

      return send(data)
    }
  }

  #watchAnswer(stream: Stream, waiting: Waiting): void {
    stream.addEventListener('message', () => this.#end(waiting, 'answered'), { once: true })
    stream.addEventListener('end', () => this.#end(waiting, 'closed'), { once: true })
    stream.addEventListener('close', () => this.#end(waiting, 'closed'), { once: true })
  }

  #begin(beforeMs: number): Waiting {
    const waiting = { sinceMs: this.#init.now(), beforeMs }

    this.#waiting.add(waiting)

    return waiting
  }

  /** Whatever comes first stands. */
  #end(waiting: Waiting, outcome: RequestOutcome): void {
    if (this.#waiting.delete(waiting)) {
      const tookMs = this.#elapsed(waiting)
      const isLate = tookMs > this.#init.unansweredAfterMs

      this.#init.onEnd(isLate ? 'unanswered' : outcome, tookMs)
    }
  }

  #elapsed({ sinceMs, beforeMs }: Waiting): number {
    return beforeMs + this.#init.now() - sinceMs
  }
}
