import { CapReachedError } from '@rendezvous-cluster/rendezvous'
import { nsidKeys, reservationsKey } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import { ScriptCode } from './scripts.ts'

/** A reservation lasts for this many TTLs, so that few refreshes have to renew it … */
const HOLD_TTLS = 4

/** … and at least for so long, in milliseconds. */
const HOLD_MS_MIN = 60_000

/** A reservation this close to its end belongs to a write that ended before: TTL and grace are longer. */
const WRITE_MS_MAX = 1000

/** Reservations looked at together, so that Redis is never held for long. */
const CHECKED_PER_STEP = 250

export interface Reservation {
  /** Registrations that end by then are covered, in milliseconds of Redis time. */
  heldUntilMs: number
  /** Names it when it is given back. */
  id: number
}

export const NO_RESERVATION: Reservation = { heldUntilMs: 0, id: 0 }

export interface ReserveInit {
  peerId: Uint8Array
  nsid: string
  ttlMs: number
  /** How long the registration outlives its TTL. */
  graceMs: number
  /** Until when it is written, in milliseconds from now; at most a second. */
  withinMs: number
  /** Most registrations of the peer. */
  max: number
  /** Whether the registration is alive: a refresh is never refused. */
  isLive: boolean
}

interface Reserved {
  nsid: string
  id: number
}

/**
 * What each peer may have registered, counted in one place for all front nodes and namespaces.
 * A registration has its slot in Redis, a peer another one: reserving there comes first, so that
 * there are never more registrations than reservations.
 */
export class PeerReservations {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #tidying = new Map<string, Promise<void>>()

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
    const reservation = (await this.#reserve(init)) ?? (await this.#reserveAfterTidying(init))

    if (reservation == null) {
      throw new CapReachedError('peer')
    }

    return reservation
  }

  /** Gives a reservation back, unless it was renewed meanwhile. Where it can't, it lapses by itself. */
  async release(peerId: Uint8Array, nsid: string, { id }: Pick<Reservation, 'id'>): Promise<void> {
    if (id !== NO_RESERVATION.id) {
      await this.#release(reservationsKey(this.#prefix, peerId), [nsid, id, 0]).catch(() => {})
    }
  }

  async #reserve(init: ReserveInit): Promise<Reservation | undefined> {
    const { peerId, nsid, ttlMs, graceMs, withinMs, max, isLive } = init
    const key = reservationsKey(this.#prefix, peerId)
    const holdMs = Math.max(HOLD_TTLS * ttlMs, HOLD_MS_MIN) + graceMs
    const [code, , heldUntilMs, id] = await this.#connection
      .shardOf(key)
      .run(() =>
        this.#connection.client.rendezvousReserve(
          key,
          nsid,
          ttlMs + graceMs,
          Math.ceil(withinMs),
          holdMs,
          max,
          Number(isLive)
        )
      )

    return code === ScriptCode.TOO_MANY ? undefined : { heldUntilMs, id }
  }

  /** Requests that meet at the cap wait for the same look. */
  async #reserveAfterTidying(init: ReserveInit): Promise<Reservation | undefined> {
    const key = reservationsKey(this.#prefix, init.peerId)
    const tidying =
      this.#tidying.get(key) ??
      this.#tidy(key, init).finally(() => {
        this.#tidying.delete(key)
      })

    this.#tidying.set(key, tidying)
    await tidying

    return this.#reserve(init)
  }

  /**
   * Looks for reservations whose registration has ended by itself. One that lives on is not looked
   * at again before its present end, so this costs less than the refreshes that made it necessary.
   */
  async #tidy(key: string, { peerId, graceMs }: ReserveInit): Promise<void> {
    const { client } = this.#connection
    const ending = await this.#connection.shardOf(key).run(async () => {
      const nowUs = await this.#connection.readTimeUs(key)

      return client.zrangebyscore(
        key,
        '-inf',
        Math.floor(nowUs / 1000) + WRITE_MS_MAX,
        'WITHSCORES'
      )
    })
    const reserved: Reserved[] = []

    for (let index = 0; index < ending.length; index += 2) {
      reserved.push({ nsid: ending[index] as string, id: Number(ending[index + 1]) })
    }

    for (let start = 0; start < reserved.length; start += CHECKED_PER_STEP) {
      const step = reserved.slice(start, start + CHECKED_PER_STEP)
      const ends = await Promise.all(step.map(({ nsid }) => this.#endOf(nsid, peerId, graceMs)))

      await this.#release(
        key,
        step.flatMap(({ nsid, id }, index) => [nsid, id, ends[index] as number])
      )
    }
  }

  /** When a registration ends, grace included; 0 when it has ended or is not there. */
  async #endOf(nsid: string, peerId: Uint8Array, graceMs: number): Promise<number> {
    const key = nsidKeys(this.#prefix, nsid).expiries

    return this.#connection.shardOf(key).run(async () => {
      // The time is asked for as well: what is known of it may be of before a failover.
      const [nowUs, expiry] = await Promise.all([
        this.#connection.readTimeUs(key),
        this.#connection.client.zscore(key, Buffer.from(peerId))
      ])
      const endMs = Number(expiry ?? 0) + graceMs

      return endMs > nowUs / 1000 ? endMs : 0
    })
  }

  async #release(key: string, triples: (string | number)[]): Promise<void> {
    await this.#connection
      .shardOf(key)
      .run(() => this.#connection.client.rendezvousRelease(key, ...triples))
  }
}
