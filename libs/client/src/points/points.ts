import { type Connection, InvalidParametersError, type Logger } from '@libp2p/interface'
import type { DialectName } from '@rendezvous-cluster/wire'
import type { ConnectedPoint, PointConnector } from './connect-to-point.ts'
import { learnCluster } from './learn-cluster.ts'
import type { Point, PointOrder, PointStatus } from './point.ts'
import { PointList } from './point-list.ts'
import { StickyPoint } from './sticky-point.ts'

/** How often a point is asked for the other nodes of its cluster, in milliseconds. */
const LEARN_INTERVAL_MS = 60_000

/** The same while it has named none: others may be about to start. */
const LEARN_INTERVAL_MS_MIN = 10_000

/** How often losses of points are told of at most: some close each connection. In milliseconds. */
const LOST_INTERVAL_MS = 10_000

/** More would tell a crowd of strangers what this peer looks for. */
const FANOUT_MAX = 16

export interface PointsInit {
  configured: readonly Point[]
  /** Default `random`. */
  order?: PointOrder
  connector: PointConnector
  /** How many points are asked at a time. */
  fanout: number
  /** Whether points are asked for the other nodes of their cluster. */
  learnCluster: boolean
  /** For connecting, and again for each request, in milliseconds. */
  timeoutMs: number
  /** Told when a point in use has gone away; of the next one ten seconds later at the soonest. */
  onLost: () => void
  log: Logger
  now: () => number
  random: () => number
}

/** The rendezvous points that a client knows, and those of them that it uses. */
export class Points {
  readonly slots: readonly StickyPoint[]
  readonly #init: PointsInit
  readonly #list: PointList
  /** When each point is to be asked again for its cluster, in milliseconds since 1970. */
  readonly #learnAtMs = new WeakMap<Point, number>()
  #isLost = false
  #lostAtMs = Number.NEGATIVE_INFINITY

  /** @throws InvalidParametersError for a fanout below 1 or above 16 */
  constructor(init: PointsInit) {
    const { fanout, connector, timeoutMs } = init

    if (!Number.isInteger(fanout) || fanout < 1 || fanout > FANOUT_MAX) {
      throw new InvalidParametersError(`fanout: give a whole number from 1 to ${FANOUT_MAX}`)
    }

    this.#init = init
    this.#list = new PointList(init)
    this.slots = Array.from(
      { length: fanout },
      () =>
        new StickyPoint({
          list: this.#list,
          connector,
          timeoutMs,
          taken: () => this.slots.flatMap(({ claimed }) => claimed ?? []),
          onConnected: (connected) => this.#learn(connected)
        })
    )
  }

  get statuses(): PointStatus[] {
    const current = this.#current()

    return this.#list.all.map((point) => ({
      peerId: point.peerId?.toString(),
      multiaddrs: point.multiaddrs.map(String),
      source: point.source,
      isCurrent: current.includes(point),
      dialect: point.dialect?.name as DialectName | undefined,
      failures: point.failures,
      retryAtMs: point.failures === 0 ? undefined : point.retryAtMs,
      lastError: point.lastError,
      invalidRegistrations: point.invalidRegistrations
    }))
  }

  onConnectionClose(connection: Connection): void {
    const lost = this.slots.filter((slot) => slot.lost(connection))

    this.#isLost ||= lost.length > 0
    this.tellLost()
  }

  /** Of a point that is lost, unless that is too soon after another: then the next time. */
  tellLost(): void {
    const { now, onLost } = this.#init

    if (this.#isLost && this.#lostAtMs + LOST_INTERVAL_MS <= now()) {
      this.#isLost = false
      this.#lostAtMs = now()
      onLost()
    }
  }

  /** Asks the points in use again for their clusters, where that was some time ago. */
  learnAgain(): void {
    for (const { connected } of this.slots) {
      if (connected != null) {
        this.#learn(connected)
      }
    }
  }

  #current(): Point[] {
    return this.slots.flatMap(({ current }) => current ?? [])
  }

  /** In the background. Only what a point says that the application trusts is believed. */
  #learn(connected: ConnectedPoint): void {
    const { log, now, timeoutMs } = this.#init
    const { point } = connected
    const isDue = (this.#learnAtMs.get(point) ?? 0) <= now()

    if (!this.#init.learnCluster || point.source !== 'configured' || !isDue) {
      return
    }

    this.#learnAtMs.set(point, now() + LEARN_INTERVAL_MS_MIN)
    learnCluster(connected, { signal: AbortSignal.timeout(timeoutMs) }).then(
      (points) => {
        this.#list.learn(point, points)

        if (points.length > 0) {
          this.#learnAtMs.set(point, now() + LEARN_INTERVAL_MS)
        }
      },
      (error: unknown) => log('could not learn the cluster of %s - %e', point.key, error)
    )
  }
}
