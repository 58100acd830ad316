import { setTimeout as delay } from 'node:timers/promises'
import { CapReachedError } from '@rendezvous-cluster/rendezvous'
import { LRUCache } from 'lru-cache'
import { nsidKeys, reservationsKey } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { RedisShard } from './redis-shard.ts'
import { ScriptCode } from './scripts.ts'

/** Reservations are kept for this many TTLs, so that few refreshes have to renew them … */
const HOLD_TTLS = 4

/** … and at least for so long, in milliseconds. */
const HOLD_MS_MIN = 5 * 60_000

/** How far the clocks of two primaries may differ, in milliseconds. */
const CLOCK_MARGIN_MS = 30_000

/**
 * What was reserved this long ago has been written, or never will be: two commands and the time
 * after which a write does nothing take less. No registration ends sooner either.
 */
export const WRITTEN_AFTER_MS = 3000

/** How often a peer's reservations are looked through, in milliseconds. */
const LOOK_INTERVAL_MS = 100

/**
 * How long a registration that was found alive is taken for it, in milliseconds. It ends sooner only
 * with its peer's consent, which gives its reservation back, or with the server's data.
 */
const TRUSTED_MS = 10_000

/** Registrations of peers at their cap that are remembered, or those of one: about 10 MiB. */
const REMEMBERED_MAX = 100_000

/** Reservations looked at together: a few milliseconds of a node's time, after which others have theirs. */
const LOOKED_AT_PER_STEP = 25

export interface Reservation {
  /** Registrations that end by then are covered, in milliseconds of Redis time. */
  heldUntilMs: number
  /** Names it when it is given back. */
  id: number
  /** Whether there was none before: else a registration may stand on it. */
  isNew: boolean
}

/** A reservation as it is found in Redis. */
export interface Reserved {
  nsid: string
  /** In Redis's own words: it is compared, never counted with. */
  id: string
  /** Whether its registration has been written by now, or never will be. */
  isWritten: boolean
}

export const NO_RESERVATION: Reservation = { heldUntilMs: 0, id: 0, isNew: false }

export interface ReserveInit {
  peerId: Uint8Array
  nsid: string
  ttlMs: number
  /** How long the registration outlives its TTL. */
  graceMs: number
  /** Most registrations of the peer. */
  max: number
  /** Whether the registration is alive: a refresh is never refused. */
  isLive: boolean
}

/** When a peer's reservations were looked through, and which registrations were alive until when. */
interface Look {
  atMs: number
  ends: Map<string, number>
}

/**
 * What each peer may have registered, counted in one place for all front nodes and namespaces.
 * A registration has its slot in Redis, a peer another one: reserving there comes first, so that
 * there are never more registrations than reservations.
 */
export class PeerReservations {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #looks = new LRUCache<string, Look>({
    maxSize: REMEMBERED_MAX,
    // One peer's are remembered however many they are, or it would be looked through each time.
    sizeCalculation: ({ ends }) => Math.min(1 + ends.size, REMEMBERED_MAX)
  })
  readonly #looking = new Map<string, Promise<void>>()

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  /**
   * Reserves a registration, or renews the reservation it has.
   *
   * @throws CapReachedError when the peer has as many live registrations as it may
   */
  async reserve(init: ReserveInit): Promise<Reservation> {
    const reservation = (await this.#reserve(init)) ?? (await this.#reserveAfterLook(init))

    if (reservation == null) {
      throw new CapReachedError('peer')
    }

    return reservation
  }

  /** Gives a reservation back, unless it was renewed meanwhile. Where it can't, it lapses by itself. */
  async release(peerId: Uint8Array, nsid: string, { id }: Pick<Reservation, 'id'>): Promise<void> {
    if (id !== NO_RESERVATION.id) {
      await this.#release(reservationsKey(this.#prefix, peerId), [nsid, id]).catch(() => {})
    }
  }

  /** What a peer has reserved, the longest ago first. */
  async of(peerId: Uint8Array): Promise<Reserved[]> {
    const key = reservationsKey(this.#prefix, peerId)

    return this.#connection.shardOf(key).run(async () => {
      const nowUs = await this.#connection.readTimeUs(key)

      return toReserved(
        await this.#connection.client.zrange(key, '0', '-1', 'WITHSCORES'),
        nowUs - WRITTEN_AFTER_MS * 1000
      )
    })
  }

  /**
   * Gives back reservations whose registrations were looked for to be removed: there is none any
   * more, unless one may still be on its way.
   */
  async releaseUnused(peerId: Uint8Array, reserved: readonly Reserved[]): Promise<void> {
    const pairs = reserved
      .filter(({ isWritten }) => isWritten)
      .flatMap(({ nsid, id }) => [nsid, id])

    if (pairs.length > 0) {
      await this.#release(reservationsKey(this.#prefix, peerId), pairs)
    }
  }

  async #reserve(init: ReserveInit): Promise<Reservation | undefined> {
    const { peerId, nsid, ttlMs, graceMs, max, isLive } = init
    const key = reservationsKey(this.#prefix, peerId)
    const holdMs = Math.max(HOLD_TTLS * ttlMs, HOLD_MS_MIN) + graceMs + CLOCK_MARGIN_MS
    const [code, , heldUntilMs, id, wasThere] = await this.#connection
      .shardOf(key)
      .run(() =>
        this.#connection.client.rendezvousReserve(
          key,
          ...[nsid, holdMs, CLOCK_MARGIN_MS, max, Number(isLive)]
        )
      )

    return code === ScriptCode.TOO_MANY ? undefined : { heldUntilMs, id, isNew: wasThere === 0 }
  }

  /** Requests that meet at the cap wait for the same look. */
  async #reserveAfterLook(init: ReserveInit): Promise<Reservation | undefined> {
    const key = reservationsKey(this.#prefix, init.peerId)
    const looking =
      this.#looking.get(key) ??
      this.#look(key, init).finally(() => {
        this.#looking.delete(key)
      })

    this.#looking.set(key, looking)
    await looking

    return this.#reserve(init)
  }

  /**
   * Gives back reservations whose registration has ended by itself, or was never written. Those that
   * are alive are not looked at again for a while.
   */
  async #look(key: string, { peerId, graceMs }: ReserveInit): Promise<void> {
    const { client, now } = this.#connection
    const last = this.#looks.get(key) ?? { atMs: Number.NEGATIVE_INFINITY, ends: new Map() }

    await delay(Math.max(0, last.atMs + LOOK_INTERVAL_MS - now()))

    const look: Look = { atMs: now(), ends: new Map() }
    const reserved = await this.#connection.shardOf(key).run(async () => {
      const nowUs = await this.#connection.readTimeUs(key)

      return client.zrangebyscore(key, '-inf', nowUs - WRITTEN_AFTER_MS * 1000, 'WITHSCORES')
    })
    const unknown: { nsid: string; id: string }[] = []

    for (let index = 0; index < reserved.length; index += 2) {
      const [nsid, id] = [reserved[index] as string, reserved[index + 1] as string]
      const trustedUntilMs = last.ends.get(nsid) ?? 0

      if (trustedUntilMs > look.atMs) {
        look.ends.set(nsid, trustedUntilMs)
      } else {
        unknown.push({ nsid, id })
      }
    }

    for (let start = 0; start < unknown.length; start += LOOKED_AT_PER_STEP) {
      const step = unknown.slice(start, start + LOOKED_AT_PER_STEP)
      const leftMs = await this.#leftMs(step, peerId, graceMs)
      const ended = step.filter((_, index) => (leftMs[index] as number) <= 0)

      if (ended.length > 0) {
        await this.#release(
          key,
          ended.flatMap(({ nsid, id }) => [nsid, id])
        )
      }

      for (const [index, { nsid }] of step.entries()) {
        look.ends.set(nsid, look.atMs + Math.min(leftMs[index] as number, TRUSTED_MS))
      }
    }

    this.#looks.set(key, look)
  }

  /**
   * For how long each registration lives on, grace included; 0 or less when it has ended or is not
   * there.
   */
  async #leftMs(
    reserved: readonly { nsid: string }[],
    peerId: Uint8Array,
    graceMs: number
  ): Promise<number[]> {
    const member = Buffer.from(peerId)
    // Asked for as well, once of each server: what is known of it may be of before a failover.
    const nowUs = new Map<RedisShard, Promise<number>>()

    return Promise.all(
      reserved.map(({ nsid }) => {
        const key = nsidKeys(this.#prefix, nsid).expiries
        const shard = this.#connection.shardOf(key)

        return shard.run(async () => {
          const now = nowUs.get(shard) ?? this.#connection.readTimeUs(key)

          nowUs.set(shard, now)

          const [us, expiry] = await Promise.all([now, this.#connection.client.zscore(key, member)])

          return Number(expiry ?? 0) + graceMs - us / 1000
        })
      })
    )
  }

  async #release(key: string, pairs: (string | number)[]): Promise<void> {
    await this.#connection
      .shardOf(key)
      .run(() => this.#connection.client.rendezvousRelease(key, ...pairs))
  }
}

/** @param reserved - members and scores by turns */
function toReserved(reserved: string[], writtenUntilUs: number): Reserved[] {
  return Array.from({ length: reserved.length / 2 }, (_, index) => {
    const [nsid, id] = reserved.slice(2 * index, 2 * index + 2) as [string, string]

    return { nsid, id, isWritten: Number(id) <= writtenUntilUs }
  })
}
