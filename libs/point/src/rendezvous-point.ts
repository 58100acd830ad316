import type { Connection, Startable, Stream } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import type { RendezvousService } from '@rendezvous-cluster/rendezvous'
import type { Dialect } from '@rendezvous-cluster/wire'
import type { ConnectionActivity } from './connection-activity.ts'
import { PointConnection } from './point-connection.ts'
import { POINT_LIMITS_DEFAULT, type PointLimits } from './point-limits.ts'
import { noPointMetrics, type PointMetrics } from './point-metrics.ts'
import { EventLoopTurns } from './quotas/event-loop-turns.ts'
import { HeldBytes } from './quotas/held-bytes.ts'
import { PeerBudgets } from './quotas/peer-budgets.ts'
import { RequestStream } from './request-stream.ts'
import { WatchList } from './watch-list.ts'

/** How often deadlines are looked at, in milliseconds; they are kept to within this much. */
const DEADLINE_CHECK_MS = 250

/** How often those of idle streams are looked at, in milliseconds. */
const IDLE_CHECK_MS = 15_000

/** What a point serves, and how much of it each peer may have. */
export interface RendezvousPointInit {
  service: RendezvousService
  /** The protocols served. */
  dialects: readonly Dialect[]
  /** Bounds that differ from {@link POINT_LIMITS_DEFAULT}. */
  limits?: Partial<PointLimits>
  /** Default: nothing is counted. */
  metrics?: PointMetrics
  /** A steady clock in milliseconds. Default: `performance.now`. */
  now?: () => number
  /** Shared with what else is dear on this node. Default: large answers wait for each other only. */
  eventLoopTurns?: EventLoopTurns
}

/** What a point takes from libp2p: where it registers its protocols as it starts, until it stops. */
export interface RendezvousPointComponents {
  registrar: Registrar
}

/** The libp2p service that answers peers. */
export interface RendezvousPoint extends Startable {
  /** Whether an answer is on its way on this connection. */
  isAnswering(connection: Connection): boolean
  /** What the peer has asked for on this connection, `undefined` before the first answer. */
  activityOf(connection: Connection): ConnectionActivity | undefined
  /** Takes no new stream on this connection; those that are open go on. */
  refuseStreams(connection: Connection): void
}

class Libp2pRendezvousPoint implements RendezvousPoint {
  readonly [Symbol.toStringTag] = '@rendezvous-cluster/point'

  readonly #init: RendezvousPointInit
  readonly #components: RendezvousPointComponents
  readonly #limits: PointLimits
  readonly #metrics: PointMetrics
  readonly #now: () => number
  readonly #streams = new Map<Stream, RequestStream>()
  readonly #watched = new WatchList<RequestStream>(IDLE_CHECK_MS / DEADLINE_CHECK_MS)
  readonly #connections = new WeakMap<Connection, PointConnection>()
  readonly #budgets: PeerBudgets
  readonly #unsent: HeldBytes
  readonly #unread: HeldBytes
  readonly #eventLoopTurns: EventLoopTurns
  readonly #refused = new WeakSet<Connection>()
  #deadlineCheck?: ReturnType<typeof setInterval>

  constructor(components: RendezvousPointComponents, init: RendezvousPointInit) {
    this.#init = init
    this.#components = components
    this.#limits = { ...POINT_LIMITS_DEFAULT, ...init.limits }
    this.#metrics = init.metrics ?? noPointMetrics
    this.#budgets = new PeerBudgets(this.#limits)
    this.#unsent = new HeldBytes(this.#limits.unsentBytes)
    this.#unread = new HeldBytes(this.#limits.unreadBytes)
    this.#eventLoopTurns = init.eventLoopTurns ?? new EventLoopTurns()
    this.#now = init.now ?? (() => performance.now())
  }

  async start(): Promise<void> {
    this.#deadlineCheck = setInterval(() => this.#checkDeadlines(), DEADLINE_CHECK_MS)

    for (const dialect of this.#init.dialects) {
      await this.#components.registrar.handle(
        dialect.protocol,
        (stream, connection) => this.#onStream(stream, connection, dialect),
        {
          maxInboundStreams: this.#limits.streamsPerConnection,
          maxOutboundStreams: 0,
          runOnLimitedConnection: true
        }
      )
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#deadlineCheck)

    for (const { protocol } of this.#init.dialects) {
      await this.#components.registrar.unhandle(protocol)
    }
  }

  isAnswering(connection: Connection): boolean {
    return connection.streams.some((stream) => this.#streams.get(stream)?.isAnswering === true)
  }

  activityOf(connection: Connection): ConnectionActivity | undefined {
    return this.#connections.get(connection)?.activity
  }

  refuseStreams(connection: Connection): void {
    this.#refused.add(connection)
  }

  #onStream(stream: Stream, connection: Connection, dialect: Dialect): void {
    if (this.#refused.has(connection)) {
      stream.abort(new Error('the connection is being closed'))

      return
    }

    const requests = new RequestStream({
      stream,
      dialect,
      service: this.#init.service,
      connection: this.#stateOf(connection),
      limits: this.#limits,
      metrics: this.#metrics,
      now: this.#now,
      onBusy: () => this.#watched.becomesBusy(requests),
      onClose: () => {
        this.#streams.delete(stream)
        this.#watched.delete(requests)
        this.#metrics.streams(this.#streams.size)
      }
    })

    this.#streams.set(stream, requests)
    this.#watched.add(requests)
    this.#metrics.streams(this.#streams.size)
    requests.open()
  }

  #stateOf(connection: Connection): PointConnection {
    const known = this.#connections.get(connection)

    if (known != null) {
      return known
    }

    const state = new PointConnection({
      connection,
      limits: this.#limits,
      metrics: this.#metrics,
      budget: this.#budgets.of(connection.remotePeer.toString()),
      unsent: this.#unsent,
      unread: this.#unread,
      eventLoopTurns: this.#eventLoopTurns
    })

    this.#connections.set(connection, state)

    return state
  }

  #checkDeadlines(): void {
    const nowMs = this.#now()

    this.#watched.look((requests) => {
      requests.checkDeadlines(nowMs)

      return !requests.isIdle
    })
  }
}

/** Serves rendezvous on a libp2p node: `services: { rendezvous: rendezvousPoint({ … }) }`. */
export function rendezvousPoint(
  init: RendezvousPointInit
): (components: RendezvousPointComponents) => RendezvousPoint {
  return (components) => new Libp2pRendezvousPoint(components, init)
}
