import type { Connection } from '@libp2p/interface'
import {
  type DiscoverRequest,
  type Outcome,
  PeerSession,
  type Request
} from '@rendezvous-cluster/rendezvous'
import { RESPONSE_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
import { type ConnectionActivity, withAnswer } from './connection-activity.ts'
import { ipOf, networkOf } from './ip-address.ts'
import type { PointLimits } from './point-limits.ts'
import type { PointMetrics, RejectReason } from './point-metrics.ts'
import { AnswerTurns } from './quotas/answer-turns.ts'
import type { EventLoopTurns } from './quotas/event-loop-turns.ts'
import type { HeldBytes, Holder } from './quotas/held-bytes.ts'
import type { PeerBudget } from './quotas/peer-budget.ts'
import { Refusals } from './quotas/refusals.ts'
import { costOf, costOfResults, MALFORMED_COST } from './quotas/request-cost.ts'

/** An answer with more is large: to encrypt 25 KB and more takes a quarter of a millisecond. */
const LARGE_ANSWER_RESULTS = 100

type Turn = Promise<void> | undefined

export interface PointConnectionInit {
  connection: Pick<Connection, 'remotePeer' | 'remoteAddr' | 'abort'>
  limits: PointLimits
  metrics: PointMetrics
  /** Of its peer, over all its connections. */
  budget: PeerBudget
  /** Of all connections: answers that their peers have not taken. */
  unsent: HeldBytes
  /** Of all connections: what was received and is not yet a request. */
  unread: HeldBytes
  /** In which large answers are sent. */
  eventLoopTurns: EventLoopTurns
}

/** What the streams of one connection share: who is there, and what it may still cause. */
export class PointConnection {
  readonly session: PeerSession
  readonly turns: AnswerTurns
  readonly #init: PointConnectionInit
  readonly #network: string
  readonly #unsent: Holder = { end: () => this.#end('unsent-bytes') }
  readonly #unread: Holder = { end: () => this.#end('unread-bytes') }
  readonly #refusals = new Refusals()
  #activity?: ConnectionActivity

  constructor(init: PointConnectionInit) {
    const { remotePeer, remoteAddr } = init.connection
    const ip = ipOf(remoteAddr)

    this.#init = init
    this.#network = ip == null ? '' : networkOf(ip)
    this.session = new PeerSession(remotePeer.toMultihash().bytes, { ip })
    this.turns = new AnswerTurns(() => this.#hasRoom())
  }

  /** What the peer has asked for, `undefined` before the first answer. */
  get activity(): ConnectionActivity | undefined {
    return this.#activity
  }

  /**
   * A request has its answer, whether the peer takes it or not.
   *
   * @param nowMs - of a steady clock
   */
  answered(outcome: Outcome, nowMs: number): void {
    this.#activity = withAnswer(this.#activity, outcome, nowMs)
  }

  /** Whether a request is served; if so it has been paid for. */
  pay(request: Request): boolean {
    return this.#init.budget.pay(costOf(request))
  }

  chargeMalformed(): void {
    this.#init.budget.charge({ units: MALFORMED_COST })
  }

  /**
   * Resolves when a request may be handled. `undefined`: at once. Those that ask for large answers take
   * turns by network, so that others are served in between.
   *
   * @param isOver - whether nobody waits for it any more
   */
  turnToHandle(request: Request, isOver: () => boolean): Turn {
    return this.#turn(request.type === 'discover' && asksForMany(request), isOver)
  }

  /** As {@link turnToHandle}, to send the answer: many may have waited for the same read of the store. */
  turnToAnswer(outcome: Outcome, isOver: () => boolean): Turn {
    return this.#turn(
      outcome.type === 'discover' && outcome.registrations.length > LARGE_ANSWER_RESULTS,
      isOver
    )
  }

  #turn(isLarge: boolean, isOver: () => boolean): Turn {
    return isLarge ? this.#init.eventLoopTurns.next(this.#network, isOver) : undefined
  }

  /** Pays for an answer that was given. */
  chargeAnswer(request: Request, { results, bytes }: { results: number; bytes: number }): void {
    this.#init.budget.charge({ units: costOfResults(request, results), bytes })
  }

  /**
   * To be called once a refusal is answered.
   *
   * @param nowMs - of a steady clock
   * @returns whether its stream may go on; the connection may be ended
   */
  refused(nowMs: number): boolean {
    const next = this.#refusals.add(nowMs)

    if (next === 'end-connection') {
      this.#end('refused-connection')
    }

    return next === 'go-on'
  }

  /** @param bytes - of answers given and not taken, below zero for those taken since */
  addUnsent(bytes: number): void {
    if (bytes === 0) {
      return
    }

    this.#init.unsent.add(this.#unsent, bytes)

    if (bytes < 0) {
      this.turns.next()
    }
  }

  /** Bytes of answers given and not taken. */
  get unsentBytes(): number {
    return this.#init.unsent.of(this.#unsent)
  }

  /** @param bytes - received and not yet read, below zero for those read since */
  addUnread(bytes: number): void {
    this.#init.unread.add(this.#unread, bytes)
  }

  #hasRoom(): boolean {
    const bytes = this.unsentBytes

    return (
      bytes === 0 || bytes + RESPONSE_FRAME_BYTES_MAX <= this.#init.limits.unsentBytesPerConnection
    )
  }

  #end(reason: RejectReason): void {
    const { connection, metrics } = this.#init

    metrics.rejected(reason)
    connection.abort(new Error(`rejected: ${reason}`))
  }
}

function asksForMany({ limit = 0n }: DiscoverRequest): boolean {
  return limit <= 0n || limit > LARGE_ANSWER_RESULTS
}
