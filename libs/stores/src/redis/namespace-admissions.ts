import { setTimeout as delay } from 'node:timers/promises'
import { CapReachedError } from '@rendezvous-cluster/rendezvous'
import { forEachBucket } from './for-each-bucket.ts'
import { admissionsKey } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'

/** How long a count is good for while it is far below the cap, in milliseconds. */
const FAR_COUNT_MS = 250

/** How long a count is good for when it says that all namespaces are taken, in milliseconds. */
const FULL_COUNT_MS = 50

/** Free places below which namespaces are made one after the other, and a tenth of the cap. */
const NEAR = 1000

/** A place in the queue is given up after this time: far longer than a write takes. */
const QUEUE_MS = 5000

/** How long the one behind waits before it looks again, in milliseconds. */
const LOOK_AGAIN_MS = 10

/** Looks before giving up: those in front take a round trip each. */
const LOOKS_MAX = 40

/** To be called when the namespace was made, or was not. */
export type Leave = () => Promise<void>

/**
 * Keeps the number of namespaces in all below a cap. Far below, a count now and then is enough.
 * Near the cap, whoever makes a namespace queues in Redis first, and then counts: those in front of
 * it and those that exist already leave room, or it is refused.
 */
export class NamespaceAdmissions {
  readonly #connection: RedisConnection
  readonly #prefix: string
  #count?: { atMs: number; namespaces: number }
  #counting: Promise<unknown> = Promise.resolve()
  #next?: Promise<number>
  /** Made by this node since it last counted. */
  #made = 0

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  /** @throws CapReachedError when there are as many namespaces as there may be */
  async enter(nsid: string, max: number): Promise<Leave> {
    const namespaces = await this.#countWithin(FAR_COUNT_MS)

    if (namespaces + this.#made < Math.min(max - NEAR, max * 0.9)) {
      this.#made++

      return async () => {}
    }

    if ((await this.#countWithin(FULL_COUNT_MS)) >= max) {
      throw new CapReachedError('namespaces')
    }

    const leave = () => this.#leave(nsid)

    try {
      await this.#queue(nsid, max)
    } catch (error) {
      await leave()

      throw error
    }

    return leave
  }

  async #queue(nsid: string, max: number): Promise<void> {
    const key = admissionsKey(this.#prefix)

    for (let look = 0; look < LOOKS_MAX; look++) {
      const [place] = await this.#connection
        .shardOf(key)
        .run(() => this.#connection.client.rendezvousAdmit(key, nsid, QUEUE_MS))
      // After the place: who was in front and left is counted then.
      const namespaces = await this.#countFromNow()

      if (namespaces + place <= max) {
        return
      }

      if (namespaces >= max) {
        break
      }

      await delay(LOOK_AGAIN_MS)
    }

    throw new CapReachedError('namespaces')
  }

  async #leave(nsid: string): Promise<void> {
    const key = admissionsKey(this.#prefix)

    // Where it can't, the place is lost after a while.
    await this.#connection
      .shardOf(key)
      .run(() => this.#connection.client.zrem(key, nsid))
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
    this.#made = 0
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
