import type { Connection } from '@libp2p/interface'
import { type Outcome, PeerSession, type Request } from '@rendezvous-cluster/rendezvous'
import { RESPONSE_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
import { type ConnectionActivity, withAnswer } from './connection-activity.ts'
import { ipOf } from './ip-address.ts'
import type { PointLimits } from './point-limits.ts'
import type { PointMetrics, RejectReason } from './point-metrics.ts'
import { AnswerTurns } from './quotas/answer-turns.ts'
import type { EventLoopTurns } from './quotas/event-loop-turns.ts'
import type { PeerBudget } from './quotas/peer-budget.ts'
import { Refusals } from './quotas/refusals.ts'
import { costOf, costOfResults, MALFORMED_COST } from './quotas/request-cost.ts'
import type { Recipient, UnsentBytes } from './quotas/unsent-bytes.ts'

/** An answer with more is large: to encrypt 25 KB and more takes a quarter of a millisecond. */
const LARGE_ANSWER_RESULTS = 100

export interface PointConnectionInit {
  connection: Pick<Connection, 'remotePeer' | 'remoteAddr' | 'abort'>
  limits: PointLimits
  metrics: PointMetrics
  /** Of its peer, over all its connections. */
  budget: PeerBudget
  /** Of all connections. */
  unsent: UnsentBytes
  /** In which the large answers of all connections are sent. */
  largeAnswers: EventLoopTurns
}

/** What the streams of one connection share: who is there, and what it may still cause. */
export class PointConnection implements Recipient {
  readonly session: PeerSession
  readonly turns: AnswerTurns
  readonly #init: PointConnectionInit
  readonly #ip: string
  readonly #refusals = new Refusals()
  #activity?: ConnectionActivity

  constructor(init: PointConnectionInit) {
    const { remotePeer, remoteAddr } = init.connection
    const ip = ipOf(remoteAddr)

    this.#init = init
    this.#ip = Buffer.from(ip ?? []).toString('hex')
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
   * Resolves when an answer may be sent. `undefined`: at once. Large answers take turns by IP address,
   * so that others are served in between.
   */
  turnToAnswer(outcome: Outcome): Promise<void> | undefined {
    return outcome.type === 'discover' && outcome.registrations.length > LARGE_ANSWER_RESULTS
      ? this.#init.largeAnswers.next(this.#ip)
      : undefined
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

    this.#init.unsent.add(this, bytes)

    if (bytes < 0) {
      this.turns.next()
    }
  }

  endUnsent(): void {
    this.#end('unsent-bytes')
  }

  #hasRoom(): boolean {
    const { unsent, limits } = this.#init
    const bytes = unsent.of(this)

    return bytes === 0 || bytes + RESPONSE_FRAME_BYTES_MAX <= limits.unsentBytesPerConnection
  }

  #end(reason: RejectReason): void {
    const { connection, metrics } = this.#init

    metrics.rejected(reason)
    connection.abort(new Error(`rejected: ${reason}`))
  }
}
