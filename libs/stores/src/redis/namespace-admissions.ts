import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { CapReachedError } from '@rendezvous-cluster/rendezvous'
import type { ClusterSettings } from './cluster-settings.ts'
import { forEachBucket } from './for-each-bucket.ts'
import { admissionsKey } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import { sweepRedis } from './sweep-redis.ts'

/** How long a count is good for while it is far below the cap, in milliseconds. */
const FAR_COUNT_MS = 250

/** How long a count is good for when it says that all namespaces are taken, in milliseconds. */
const FULL_COUNT_MS = 50

/** Free places that are given away one after the other. */
const NEAR = 1000

/** Shortest time between two sweeps that look for namespaces which have ended, in milliseconds. */
const SWEEP_INTERVAL_MS = 1000

/** A place, in the queue or ahead of it, is given up after this time: longer than a write takes. */
const QUEUE_MS = 5000

/** How long the one behind waits before it looks again, in milliseconds. */
const LOOK_AGAIN_MS = 10

/** To be called when the namespace was made, or was not. */
export type Leave = () => Promise<void>

/**
 * Keeps the number of namespaces in all below a cap. Far below, a count now and then is enough, and
 * each node gives away its share of half of what is free. Near the cap, whoever makes a namespace
 * queues in Redis first, and then counts: those in front of it and those that exist already leave
 * room, or it is refused.
 */
export class NamespaceAdmissions {
  readonly #connection: RedisConnection
  readonly #settings: ClusterSettings
  readonly #prefix: string
  #count?: { atMs: number; namespaces: number }
  #counting: Promise<unknown> = Promise.resolve()
  #next?: Promise<number>
  #sweeping?: { atMs: number; done: Promise<unknown> }
  /** Admitted by this node without the queue: until when each may be written, and how many were since the last count began. */
  readonly #pending = new Map<symbol, number>()
  #written = 0

  constructor(connection: RedisConnection, settings: ClusterSettings, prefix: string) {
    this.#connection = connection
    this.#settings = settings
    this.#prefix = prefix
  }

  /**
   * @param endsAtMs - until when it may take, on the connection's clock
   * @throws CapReachedError when there are as many namespaces as there may be
   */
  async enter(nsid: string, max: number, endsAtMs: number): Promise<Leave> {
    const free = max - NEAR - (await this.#countWithin(FAR_COUNT_MS))
    const share = free / 2 / Math.max(1, this.#settings.nodes)

    if (this.#countPending() + this.#written < share) {
      const place = Symbol(nsid)

      this.#pending.set(place, this.#connection.now() + QUEUE_MS)

      return async () => {
        this.#pending.delete(place)
        this.#written++
      }
    }

    if ((await this.#countWithin(FULL_COUNT_MS)) >= max) {
      await this.#sweep()

      if ((await this.#countFromNow()) >= max) {
        throw new CapReachedError('namespaces')
      }
    }

    // Two requests for one namespace have a place each: neither gives the other's away.
    const place = `${nsid} ${randomUUID()}`
    const leave = () => this.#leave(place)

    try {
      await this.#queue(place, max, endsAtMs)
    } catch (error) {
      await leave()

      throw error
    }

    return leave
  }

  /** Those whose write has failed do not leave: they are given up in time, as in the queue. */
  #countPending(): number {
    const nowMs = this.#connection.now()

    for (const [place, untilMs] of this.#pending) {
      if (untilMs > nowMs) {
        break
      }

      this.#pending.delete(place)
    }

    return this.#pending.size
  }

  async #queue(place: string, max: number, endsAtMs: number): Promise<void> {
    const key = admissionsKey(this.#prefix)

    while (this.#connection.now() < endsAtMs) {
      const [rank] = await this.#connection
        .shardOf(key)
        .run(() => this.#connection.client.rendezvousAdmit(key, place, QUEUE_MS))
      // After the rank: who was in front and left is counted then.
      const namespaces = await this.#countFromNow()

      if (namespaces + rank <= max) {
        return
      }

      if (namespaces >= max) {
        break
      }

      await delay(LOOK_AGAIN_MS)
    }

    throw new CapReachedError('namespaces')
  }

  /** Namespaces that have ended are counted until they are swept up. */
  async #sweep(): Promise<void> {
    const nowMs = this.#connection.now()

    if (this.#sweeping == null || nowMs - this.#sweeping.atMs > SWEEP_INTERVAL_MS) {
      const done = sweepRedis(this.#connection, this.#prefix, this.#settings)

      // A sweep that fails frees nothing: the count tells.
      this.#sweeping = { atMs: nowMs, done: done.catch(() => {}) }
    }

    await this.#sweeping.done
  }

  async #leave(place: string): Promise<void> {
    const key = admissionsKey(this.#prefix)

    // Where it can't, the place is lost after a while.
    await this.#connection
      .shardOf(key)
      .run(() => this.#connection.client.zrem(key, place))
      .catch(() => {})
  }

  async #countWithin(ms: number): Promise<number> {
    return this.#count != null && this.#connection.now() - this.#count.atMs < ms
      ? this.#count.namespaces
      : this.#countFromNow()
  }

  /** A count that has not begun yet. All who ask before it begins get the same. */
  #countFromNow(): Promise<number> {
    this.#next ??= this.#counting.then(() => this.#startCount())

    return this.#next
  }

  #startCount(): Promise<number> {
    const counting = this.#countAll()

    this.#next = undefined
    this.#written = 0
    // Whoever comes next waits for it, whether it succeeds or not.
    this.#counting = counting.catch(() => {})

    return counting
  }

  async #countAll(): Promise<number> {
    const atMs = this.#connection.now()
    const counts = await forEachBucket(this.#connection, this.#prefix, ({ namespaces }) =>
      this.#connection.client.hlen(namespaces)
    )
    const namespaces = counts.reduce((sum, count) => sum + count, 0)

    this.#count = { atMs, namespaces }

    return namespaces
  }
}
