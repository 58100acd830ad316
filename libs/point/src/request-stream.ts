import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import {
  errorToResponse,
  type Outcome,
  type PeerSession,
  type RendezvousService,
  type Request,
  responseStatusName,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { type Dialect, FrameDecoder, REQUEST_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
import type { PointLimits } from './point-limits.ts'
import type { PointMetrics, RejectReason } from './point-metrics.ts'

/** Requests read ahead of the one being answered; beyond, the peer's window is left to fill. */
const READ_AHEAD_BYTES_MAX = 4 * REQUEST_FRAME_BYTES_MAX

/**
 * Answers given one right after the other. Those that need no I/O would otherwise follow each
 * other in microtasks, and nobody else would be served until a peer's last request.
 */
const ANSWERS_PER_TURN = 16

export interface RequestStreamInit {
  stream: Stream
  dialect: Dialect
  service: RendezvousService
  session: PeerSession
  limits: PointLimits
  metrics: PointMetrics
  /** A steady clock in milliseconds. */
  now: () => number
  /** The stream has ended, in whatever way. */
  onClose: () => void
}

/**
 * One stream of requests, answered one after the other in their order.
 *
 * Driven by the stream's events: nothing is allocated while it waits. Its deadlines are looked at
 * from outside, by {@link RequestStream.checkDeadlines}, so that no message needs a timer.
 */
export class RequestStream {
  readonly #init: RequestStreamInit
  readonly #stream: Stream
  readonly #frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)
  /** The request being answered. */
  #pending?: { request: Request; startedAtMs: number }
  /** An answer the transport has not taken whole. */
  #unsent?: { bytes: number; sinceMs: number }
  #messages = 0
  /** Whether other streams have their turn before this one goes on. */
  #isResting = false
  #inputEnded = false
  /** Since when the peer owes a byte, or the rest of a frame. */
  #waitingSinceMs: number

  constructor(init: RequestStreamInit) {
    this.#init = init
    this.#stream = init.stream
    this.#waitingSinceMs = init.now()
  }

  /** Starts to read. The peer may have ended the stream already: no event tells that again. */
  open(): void {
    const stream = this.#stream

    if (stream.status !== 'open') {
      this.#init.onClose()

      return
    }

    stream.addEventListener('close', () => this.#init.onClose())
    stream.addEventListener('end', () => queueMicrotask(() => this.#onEnd()))
    stream.addEventListener('drain', () => queueMicrotask(() => this.#onDrain()))
    // Hands out what has arrived already, in a microtask.
    stream.addEventListener('message', (event) => this.#onMessage(event))

    if (stream.readableEnded) {
      // In one after that: a request that came along with the negotiation is still to be read.
      queueMicrotask(() => this.#onEnd())
    }
  }

  /** Whether an answer is on its way: being made, or not taken whole by the transport. */
  get isAnswering(): boolean {
    return this.#pending != null || this.#unsent != null
  }

  /** Ends what has lasted too long. Cheap: to be called for every stream, now and then. */
  checkDeadlines(nowMs: number): void {
    const { limits } = this.#init
    const waitedMs = nowMs - this.#waitingSinceMs

    if (this.#unsent != null) {
      this.#checkUnsent(this.#unsent, nowMs)
    } else if (this.#pending != null) {
      const { request, startedAtMs } = this.#pending

      if (nowMs - startedAtMs > limits.requestDeadlineMs) {
        this.#answer(errorToResponse(request, new UnavailableError()))
      }
    } else if (this.#messages === 0 || this.#frames.bufferedBytes > 0) {
      if (waitedMs > limits.frameDeadlineMs) {
        this.#reject('slow-frame')
      }
    } else if (waitedMs > limits.idleStreamMs) {
      this.#reject('idle-stream')
    }
  }

  #onMessage({ data }: StreamMessageEvent): void {
    if (this.#frames.bufferedBytes === 0) {
      this.#waitingSinceMs = this.#init.now()
    }

    this.#frames.append(data)
    this.#next()

    if (this.#isAhead()) {
      // Not at once: this may run inside of resume(), which would undo it.
      queueMicrotask(() => this.#isAhead() && this.#stream.pause())
    }
  }

  #isAhead(): boolean {
    return (
      this.#frames.bufferedBytes > READ_AHEAD_BYTES_MAX && this.#stream.readStatus === 'readable'
    )
  }

  /** The peer sends no more. What it sent along with that may be handed out after this event. */
  #onEnd(): void {
    this.#inputEnded = true
    this.#next()
  }

  /** Starts on the next request if there is one and none is being answered. */
  #next(): void {
    if (this.isAnswering || this.#isResting || this.#stream.status !== 'open') {
      return
    }

    const request = this.#read()

    if (request != null) {
      this.#messages++
      void this.#handle(request)

      return
    }

    if (this.#stream.readStatus === 'paused') {
      // Hands out what was held back, and so may come back here.
      this.#stream.resume()
    }

    if (this.#inputEnded && !this.isAnswering && this.#stream.status === 'open') {
      this.#close()
    }
  }

  /** Goes on with the next request; now and then only after others had their turn. */
  #nextInTurn(): void {
    if (this.#messages % ANSWERS_PER_TURN > 0) {
      this.#next()

      return
    }

    this.#isResting = true
    setImmediate(() => {
      this.#isResting = false
      this.#next()
    })
  }

  #read(): Request | undefined {
    try {
      const frame = this.#frames.next()

      if (frame == null) {
        return undefined
      }

      if (this.#messages === this.#init.limits.messagesPerStream) {
        this.#reject('messages-per-stream')

        return undefined
      }

      return this.#init.dialect.decodeRequest(frame)
    } catch (error) {
      this.#reject('malformed', error)

      return undefined
    }
  }

  async #handle(request: Request): Promise<void> {
    const { service, dialect, session, limits, now } = this.#init
    const pending = { request, startedAtMs: now() }

    this.#pending = pending

    const outcome = await service.handle(request, {
      rules: dialect.rules,
      session,
      withinMs: limits.requestDeadlineMs
    })

    // Otherwise it was answered at its deadline, or the stream has ended.
    if (this.#pending === pending) {
      this.#answer(outcome)
    }
  }

  #answer(outcome: Outcome): void {
    const { dialect, now } = this.#init
    const startedAtMs = this.#pending?.startedAtMs ?? now()

    this.#pending = undefined

    if (outcome.type === 'unregister') {
      this.#count(outcome, startedAtMs)
      this.#nextInTurn()

      return
    }

    if (this.#stream.status !== 'open' || this.#stream.writeStatus !== 'writable') {
      return
    }

    const { frame, registrationCount } = dialect.encodeResponse(outcome)
    const isTaken = this.#send(frame)

    if (isTaken == null) {
      return
    }

    this.#count(outcome, startedAtMs, registrationCount)

    if (isTaken) {
      this.#nextInTurn()
    } else {
      this.#unsent = { bytes: this.#stream.writeBufferLength, sinceMs: this.#waitingSinceMs }
    }
  }

  /** The peer is waited for from now on. */
  #count({ type, status }: Outcome, startedAtMs: number, results?: number): void {
    const { dialect, now, metrics } = this.#init

    this.#waitingSinceMs = now()
    metrics.request({
      protocol: dialect.name,
      type,
      status: responseStatusName(status) ?? 'E_INTERNAL_ERROR',
      seconds: (this.#waitingSinceMs - startedAtMs) / 1000,
      results
    })
  }

  /** @returns whether the transport took all of it, `undefined` when it is gone */
  #send(answer: Uint8Array): boolean | undefined {
    try {
      return this.#stream.send(answer)
    } catch (error) {
      // The connection broke at this moment; libp2p has ended the stream, or does so now.
      this.#stream.abort(error as Error)

      return undefined
    }
  }

  #onDrain(): void {
    if (
      this.#unsent != null &&
      this.#stream.writeBufferLength === 0 &&
      !this.#stream.writableNeedsDrain
    ) {
      this.#unsent = undefined
      this.#waitingSinceMs = this.#init.now()
      this.#nextInTurn()
    }
  }

  #checkUnsent(unsent: { bytes: number; sinceMs: number }, nowMs: number): void {
    const bytes = this.#stream.writeBufferLength

    if (bytes < unsent.bytes) {
      this.#unsent = { bytes, sinceMs: nowMs }
    } else if (nowMs - unsent.sinceMs > this.#init.limits.stalledWriteMs) {
      this.#reject('stalled-write')
    }
  }

  #close(): void {
    if (this.#frames.bufferedBytes > 0) {
      this.#reject('malformed', new Error('the stream ended inside a frame'))

      return
    }

    // The peer may reset at any moment: then there is nothing left to close.
    this.#stream.close().catch(() => {})
  }

  #reject(reason: RejectReason, cause?: unknown): void {
    this.#init.metrics.rejected(reason)
    this.#stream.abort(new Error(`rejected: ${reason}`, { cause }))
  }
}
