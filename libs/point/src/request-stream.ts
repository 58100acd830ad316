import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import {
  errorToResponse,
  type Outcome,
  type RendezvousService,
  type Request,
  responseStatusName,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { type Dialect, FrameDecoder, HeldMemory } from '@rendezvous-cluster/wire'
import { AnswerWriter } from './answer-writer.ts'
import type { PointConnection } from './point-connection.ts'
import type { PointLimits } from './point-limits.ts'
import type { PointMetrics, RejectReason } from './point-metrics.ts'

/** Longest requests read ahead of the one being answered; beyond, the peer's window is left to fill. */
const FRAMES_AHEAD_MAX = 4

/**
 * Answers given one right after the other. Those that need no I/O would otherwise follow each
 * other in microtasks, and nobody else would be served until a peer's last request.
 */
const ANSWERS_PER_TURN = 16

export interface RequestStreamInit {
  stream: Stream
  dialect: Dialect
  service: RendezvousService
  connection: PointConnection
  limits: PointLimits
  metrics: PointMetrics
  /** A steady clock in milliseconds. */
  now: () => number
  /** Deadlines run from now on that are shorter than that of an idle stream. */
  onBusy: () => void
  /** The stream has ended, in whatever way. */
  onClose: () => void
}

interface PendingRequest {
  request: Request
  startedAtMs: number
  /** Called when it is its turn. */
  start: () => void
  hasTurn: boolean
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
  readonly #frames: FrameDecoder
  readonly #writer: AnswerWriter
  /** The request being answered, or waiting for its turn. */
  #pending?: PendingRequest
  #messages = 0
  /** Whether other streams have their turn before this one goes on. */
  #isResting = false
  #inputEnded = false
  /** Of the bytes received and not read, those that the connection knows of. */
  #unreadBytes = 0
  /** Since when the peer owes a byte, or the rest of a frame. */
  #waitingSinceMs: number

  constructor(init: RequestStreamInit) {
    this.#init = init
    this.#stream = init.stream
    this.#frames = new FrameDecoder(init.limits.frameBytesMax, new HeldMemory())
    this.#writer = new AnswerWriter({ ...init, onTaken: () => this.#onTaken() })
    this.#waitingSinceMs = init.now()
  }

  /** Starts to read. The peer may have ended the stream already: no event tells that again. */
  open(): void {
    const stream = this.#stream

    if (stream.status !== 'open') {
      this.#init.onClose()

      return
    }

    stream.addEventListener('close', () => this.#onClose())
    stream.addEventListener('end', () => queueMicrotask(() => this.#onEnd()))
    stream.addEventListener('drain', () => queueMicrotask(() => this.#writer.onDrain()))
    // Hands out what has arrived already, in a microtask.
    stream.addEventListener('message', (event) => this.#onMessage(event))

    if (stream.readableEnded) {
      // In one after that: a request that came along with the negotiation is still to be read.
      queueMicrotask(() => this.#onEnd())
    }
  }

  /** Whether an answer is on its way: being made, or not taken whole by the transport. */
  get isAnswering(): boolean {
    return this.#pending != null || this.#writer.isSending
  }

  /** Whether the peer is given much time: it has asked before, and owes nothing. */
  get isIdle(): boolean {
    return !this.isAnswering && this.#messages > 0 && this.#frames.bufferedBytes === 0
  }

  /** Ends what has lasted too long. To be called now and then, of an idle stream seldom. */
  checkDeadlines(nowMs: number): void {
    const { limits } = this.#init
    const waitedMs = nowMs - this.#waitingSinceMs

    if (this.#writer.isStalled(nowMs, limits.stalledWriteMs)) {
      this.#reject('stalled-write')
    } else if (this.#writer.isSending) {
      // It makes progress.
    } else if (this.#pending != null) {
      const { request, startedAtMs } = this.#pending

      if (nowMs - startedAtMs > limits.requestDeadlineMs) {
        this.#endTurn(this.#pending)
        this.#answer(errorToResponse(request, new UnavailableError()), this.#pending)
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
      this.#init.onBusy()
    }

    this.#frames.append(data)
    this.#next()
    this.#tellUnread()

    if (this.#isAhead()) {
      // Not at once: this may run inside of resume(), which would undo it.
      queueMicrotask(() => this.#isAhead() && this.#stream.pause())
    }
  }

  #tellUnread(): void {
    const bytes = this.#stream.status === 'open' ? this.#frames.bufferedBytes : 0
    const more = bytes - this.#unreadBytes

    if (more !== 0) {
      this.#unreadBytes = bytes
      this.#init.connection.addUnread(more)
    }
  }

  #isAhead(): boolean {
    return (
      this.#frames.bufferedBytes > FRAMES_AHEAD_MAX * this.#init.limits.frameBytesMax &&
      this.#stream.readStatus === 'readable'
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

    if (this.#unreadBytes > 0) {
      this.#tellUnread()
    }

    if (request != null) {
      this.#messages++
      this.#begin(request)

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
      this.#init.connection.chargeMalformed()
      this.#reject('malformed', error)

      return undefined
    }
  }

  /** Refused, or handled once no other stream of the connection is. */
  #begin(request: Request): void {
    const { connection, now } = this.#init
    const pending: PendingRequest = {
      request,
      startedAtMs: now(),
      start: () => void this.#handle(pending),
      hasTurn: false
    }

    this.#pending = pending

    if (connection.pay(request)) {
      connection.turns.wait(pending.start)
    } else {
      this.#refuse(pending)
    }
  }

  async #handle(pending: PendingRequest): Promise<void> {
    const { service, dialect, connection, limits, now } = this.#init
    const { request, startedAtMs } = pending
    // Answered at its deadline, or its stream has ended.
    const isOver = () => this.#pending !== pending

    pending.hasTurn = true
    await connection.turnToHandle(request, isOver)

    if (!isOver()) {
      const outcome = await service.handle(request, {
        rules: dialect.rules,
        session: connection.session,
        // What it has waited for its turn is over: beyond its deadline nothing may be written any more.
        withinMs: limits.requestDeadlineMs - (now() - startedAtMs)
      })

      await connection.turnToAnswer(outcome, isOver)

      if (!isOver()) {
        this.#answer(outcome, pending)
      }
    }

    this.#endTurn(pending)
  }

  /** The peer is over its rate: told so, and cut off if it goes on all the same. */
  #refuse(pending: PendingRequest): void {
    const { connection, metrics, now } = this.#init

    metrics.rejected('peer-rate')

    const isTaken = this.#give(errorToResponse(pending.request, new UnavailableError()), pending)

    if (!connection.refused(now())) {
      this.#reject('refused-stream')
    } else if (isTaken) {
      this.#nextInTurn()
    }
  }

  #answer(outcome: Outcome, pending: PendingRequest): void {
    if (this.#give(outcome, pending)) {
      this.#nextInTurn()
    }
  }

  /** @returns whether the stream may go on at once */
  #give(outcome: Outcome, { request, startedAtMs }: PendingRequest): boolean {
    const { dialect, connection, now } = this.#init

    this.#pending = undefined
    connection.answered(outcome, now())

    if (outcome.type === 'unregister') {
      this.#count(outcome, startedAtMs)

      return true
    }

    if (this.#stream.status !== 'open' || this.#stream.writeStatus !== 'writable') {
      return false
    }

    const { frame, registrationCount } = dialect.encodeResponse(outcome)
    const isTaken = this.#writer.send(frame)

    if (isTaken != null) {
      this.#count(outcome, startedAtMs, registrationCount)
      connection.chargeAnswer(request, { results: registrationCount ?? 0, bytes: frame.byteLength })
    }

    return isTaken === true
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

  #onTaken(): void {
    this.#waitingSinceMs = this.#init.now()
    this.#nextInTurn()
  }

  #onClose(): void {
    // What has begun goes on, and others wait for it: else a peer could begin without end.
    if (this.#pending?.hasTurn === false) {
      this.#endTurn(this.#pending)
    }

    this.#pending = undefined
    this.#writer.giveUp()
    this.#tellUnread()
    this.#init.onClose()
  }

  #endTurn(pending: PendingRequest): void {
    const { turns } = this.#init.connection

    if (pending.hasTurn) {
      pending.hasTurn = false
      turns.end()
    } else {
      turns.leave(pending.start)
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
