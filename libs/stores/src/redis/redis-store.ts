import {
  CAPS_DEFAULT,
  CapReachedError,
  type LiveRegistration,
  Namespace,
  type NamespaceSummary,
  type PageSource,
  type PutOptions,
  type Registration,
  type RegistrationPage,
  type RegistrationStore,
  recordKindOfByte,
  type StoreOptions,
  type StoreStats,
  type SweepResult,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { peerKey } from '../peer-key.ts'
import { ClusterSettings } from './cluster-settings.ts'
import { COMMAND_TIMEOUT_MS } from './create-redis-client.ts'
import { fillPool } from './fill-pool.ts'
import {
  BUCKETS,
  type BucketKeys,
  bucketKeys,
  KEY_PREFIX_DEFAULT,
  type NamespaceKeys,
  namespaceKeys,
  namespaceKeysOfIdentity
} from './keys.ts'
import { type Leave, NamespaceAdmissions } from './namespace-admissions.ts'
import { NamespaceNames } from './namespace-names.ts'
import { NamespacePools } from './namespace-pools.ts'
import { NO_RESERVATION, PeerReservations, type Reservation } from './peer-reservations.ts'
import { readPage, readPageOfAll } from './read-pages.ts'
import type { RedisConnection } from './redis-connection.ts'
import { LateWriteError } from './redis-errors.ts'
import { ScriptCode, scriptKeys } from './scripts.ts'

/** Expired registrations that one write removes from its namespace: more than it adds. */
const PURGE_PER_PUT = 10

/** Expired registrations that one step of a sweep removes, so that Redis is never held for long. */
const PURGE_PER_STEP = 1000

/** Namespaces of a bucket that one call of `sweep` purges at most. */
const NAMESPACES_PER_BUCKET = 16

/** Writes of one registration: as it is, with what it lacked, and once more. */
const ATTEMPTS_MAX = 3

/** A write gives up this share of its time before its caller does: its answer has to travel too. */
const WRITE_MARGIN = 0.1

export interface RedisStoreInit {
  connection: RedisConnection
  /** What the nodes agree on. Default: the defaults, without asking the others. */
  settings?: ClusterSettings
  /** Start of every key. Default {@link KEY_PREFIX_DEFAULT}. */
  keyPrefix?: string
  /** Most bytes of namespaces copied into this process. Default 64 MiB. */
  poolBytesMax?: number
  /** Uniform in [0, 1). Default: `Math.random`. */
  random?: () => number
}

/** What a new registration has to bring with it. */
interface Permits {
  reservation: Reservation
  /** Set once its namespace may be made. */
  leaveAdmissions?: Leave
}

/**
 * Registrations in Redis, shared by any number of front nodes. Expiry goes by Redis's clock alone.
 * Writes are scripts, reads are plain commands and never write.
 */
export class RedisStore implements RegistrationStore {
  readonly #connection: RedisConnection
  readonly #settings: ClusterSettings
  readonly #prefix: string
  readonly #pools: NamespacePools
  readonly #reservations: PeerReservations
  readonly #admissions: NamespaceAdmissions
  readonly #names: NamespaceNames

  constructor(init: RedisStoreInit) {
    const { connection } = init
    const random = init.random ?? Math.random
    const settings = init.settings ?? new ClusterSettings(connection)

    this.#connection = connection
    this.#settings = settings
    this.#prefix = init.keyPrefix ?? KEY_PREFIX_DEFAULT
    this.#reservations = new PeerReservations(connection, this.#prefix)
    this.#admissions = new NamespaceAdmissions(connection, this.#prefix)
    this.#names = new NamespaceNames(connection, this.#prefix)
    this.#pools = new NamespacePools({
      now: connection.now,
      random,
      graceMs: () => settings.graceMs,
      bytesMax: init.poolBytesMax ?? 64 * 1024 * 1024,
      fill: (keys) =>
        connection
          .shardOf(keys.expiries)
          .run(() => fillPool({ connection, random, graceMs: settings.graceMs }, keys))
    })
  }

  async put(registration: Registration, options?: PutOptions): Promise<void> {
    const keys = namespaceKeys(this.#prefix, registration.kind, registration.namespace)
    const endsAtMs = this.#connection.now() + writeMs(options)

    await this.#run(() => this.#put(registration, keys, endsAtMs, options), options)
  }

  async remove(
    of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>,
    options?: StoreOptions
  ): Promise<boolean> {
    const keys = namespaceKeys(this.#prefix, of.kind, of.namespace)
    const { graceMs } = this.#settings
    const endsAtMs = this.#connection.now() + writeMs(options)
    const peer = toBuffer(of.peerId)

    return this.#run(async () => {
      const [code, , reservation] = await this.#write(keys, endsAtMs, (notAfterMs) =>
        this.#connection.client.rendezvousRemove(
          ...scriptKeys(keys),
          ...[peer, graceMs, notAfterMs, keys.nsid]
        )
      )

      this.#pools.remove(keys.nsid, peerKey(of.peerId))

      if (reservation != null) {
        await this.#reservations.release(of.peerId, keys.nsid, { id: reservation })
      }

      return code === ScriptCode.DONE
    }, options)
  }

  async sample(
    from: Pick<Registration, 'kind' | 'namespace'>,
    limit: number,
    options?: StoreOptions
  ): Promise<LiveRegistration[]> {
    const keys = namespaceKeys(this.#prefix, from.kind, from.namespace)

    return this.#run(() => this.#pools.draw(keys, limit), options)
  }

  async page(
    { kind, namespace }: PageSource,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage> {
    const { graceMs, isOrdered } = this.#settings
    const init = {
      connection: this.#connection,
      prefix: this.#prefix,
      names: this.#names,
      graceMs
    }

    if (!isOrdered) {
      throw new UnavailableError({ cause: new Error('no order is kept: no dialect pages') })
    }

    if (namespace == null) {
      return this.#run(() => readPageOfAll(init, kind, after, limit), options)
    }

    const keys = namespaceKeys(this.#prefix, kind, namespace)
    const shard = this.#connection.shardOf(keys.order)

    return this.#run(() => shard.run(() => readPage(init, keys, after, limit)), options)
  }

  async *namespaces(options?: StoreOptions): AsyncGenerator<NamespaceSummary> {
    const { client } = this.#connection

    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const keys = bucketKeys(this.#prefix, bucket)
      const [identities, counts] = await this.#run(
        () =>
          this.#connection
            .shardOf(keys.namespaces)
            .run(() =>
              Promise.all([client.hgetallBuffer(keys.namespaces), client.hgetall(keys.counts)])
            ),
        options
      )

      for (const [nsid, identity] of Object.entries(identities)) {
        const kind = recordKindOfByte(identity[0] as number)

        if (kind != null) {
          yield {
            kind,
            namespace: Namespace.parse(identity.subarray(1)),
            registrations: Number(counts[nsid] ?? 0)
          }
        }
      }
    }
  }

  async stats(options?: StoreOptions): Promise<StoreStats> {
    const counts = await this.#run(
      () => this.#ofEachBucket(({ counts }) => this.#connection.client.hvals(counts)),
      options
    )

    return {
      registrations: counts.flat().reduce((sum, count) => sum + Number(count), 0),
      namespaces: counts.flat().length
    }
  }

  async sweep(options?: StoreOptions): Promise<SweepResult> {
    return this.#run(() => this.#sweep(options), options)
  }

  /** Closes the connection too. */
  async close(): Promise<void> {
    this.#pools.clear()
    this.#connection.close()
  }

  /**
   * A refresh is one round trip. A new registration is told what it needs, fetches that, and is
   * written then.
   */
  async #put(
    registration: Registration,
    keys: NamespaceKeys,
    endsAtMs: number,
    options: PutOptions | undefined
  ): Promise<void> {
    const permits: Permits = { reservation: NO_RESERVATION }
    const { perNamespace } = options?.caps ?? CAPS_DEFAULT

    try {
      // Once more when a namespace ends between the first write and the second.
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const [code, atMs] = await this.#writeOne(
          registration,
          keys,
          endsAtMs,
          permits,
          perNamespace
        )

        if (code === ScriptCode.NAMESPACE_FULL) {
          throw new CapReachedError('namespace')
        }

        if (code === ScriptCode.DONE) {
          const { peerId, record, ttlSeconds } = registration

          this.#pools.put(keys.nsid, peerKey(peerId), record, atMs + ttlSeconds * 1000)
          await permits.leaveAdmissions?.()

          return
        }

        await this.#permit(permits, code, registration, keys.nsid, endsAtMs, options)
      }
    } catch (error) {
      // After anything else the write may still run: what was permitted lapses by itself.
      if (error instanceof CapReachedError) {
        await permits.leaveAdmissions?.()
        await this.#reservations.release(registration.peerId, keys.nsid, permits.reservation)
      }

      throw error
    }

    throw new LateWriteError('the namespace came and went')
  }

  /** Fetches what a new registration lacks. */
  async #permit(
    permits: Permits,
    code: number,
    { peerId, ttlSeconds }: Registration,
    nsid: string,
    endsAtMs: number,
    options: PutOptions | undefined
  ): Promise<void> {
    const caps = options?.caps ?? CAPS_DEFAULT

    if (code === ScriptCode.NEEDS_ADMISSION) {
      permits.leaveAdmissions ??= await this.#admissions.enter(nsid, caps.namespaces)
    }

    permits.reservation = await this.#reservations.reserve({
      peerId,
      nsid,
      ttlMs: ttlSeconds * 1000,
      graceMs: this.#settings.graceMs,
      withinMs: Math.max(0, endsAtMs - this.#connection.now()),
      max: caps.perPeer,
      isLive: code === ScriptCode.NEEDS_RENEWAL
    })
  }

  #writeOne(
    { peerId, record, ttlSeconds, isListed }: Registration,
    keys: NamespaceKeys,
    endsAtMs: number,
    { reservation, leaveAdmissions }: Permits,
    perNamespace: number
  ) {
    const { graceMs, isOrdered } = this.#settings

    return this.#write(keys, endsAtMs, (notAfterMs) =>
      this.#connection.client.rendezvousPut(
        ...scriptKeys(keys),
        ...[toBuffer(peerId), toBuffer(record), ttlSeconds * 1000, graceMs, notAfterMs],
        ...[keys.nsid, keys.identity, PURGE_PER_PUT],
        ...[reservation.heldUntilMs, reservation.id, perNamespace],
        ...[Number(leaveAdmissions != null), Number(isOrdered), Number(isOrdered && isListed)]
      )
    )
  }

  /**
   * Runs a script that writes to a namespace, and takes no "too late" for an answer.
   *
   * @param endsAtMs - when its caller gives up, on the connection's clock
   */
  async #write<Answer extends [code: number, atMs: number, ...unknown[]]>(
    keys: NamespaceKeys,
    endsAtMs: number,
    run: (notAfterMs: number) => Promise<Answer>
  ): Promise<Answer> {
    const shard = this.#connection.shardOf(keys.expiries)
    const { clock } = shard

    return shard.run(async () => {
      const nowMs = await this.#connection.nowMs(keys.expiries)
      const sentAtMs = clock.local()
      const answer = await run(Math.floor(nowMs + endsAtMs - sentAtMs))
      const [code, atMs] = answer

      clock.observe(atMs, sentAtMs)

      if (code === ScriptCode.TOO_LATE) {
        throw new LateWriteError('the write ran after its deadline and did nothing')
      }

      return answer
    })
  }

  async #sweep(options?: StoreOptions): Promise<SweepResult> {
    const { client } = this.#connection
    const due = await this.#ofEachBucket(async ({ due, namespaces }) => {
      const nowMs = await this.#connection.nowMs(due)
      const nsids = await client.zrangebyscore(
        due,
        '-inf',
        nowMs,
        'LIMIT',
        0,
        NAMESPACES_PER_BUCKET
      )
      const identities = nsids.length === 0 ? [] : await client.hmgetBuffer(namespaces, ...nsids)

      // A name that is lost is nothing that put leaves behind: some keys were deleted by hand.
      await Promise.all(
        nsids.map((nsid, index) => identities[index] == null && client.zrem(due, nsid))
      )

      return identities
    })
    let hasMore = due.some((identities) => identities.length === NAMESPACES_PER_BUCKET)
    let removed = 0

    // One after the other: requests of peers go in between.
    for (const identity of due.flat()) {
      options?.signal?.throwIfAborted()

      if (identity != null) {
        const count = await this.#purge(namespaceKeysOfIdentity(this.#prefix, identity))

        hasMore ||= count === PURGE_PER_STEP
        removed += count
      }
    }

    return { removed, hasMore }
  }

  async #purge(keys: NamespaceKeys): Promise<number> {
    const { graceMs } = this.#settings
    const [removed] = await this.#connection
      .shardOf(keys.expiries)
      .run(() =>
        this.#connection.client.rendezvousPurge(
          ...scriptKeys(keys),
          ...[keys.nsid, graceMs, PURGE_PER_STEP]
        )
      )

    return removed
  }

  #run<T>(operation: () => Promise<T>, options?: StoreOptions): Promise<T> {
    return this.#connection.run(operation, options)
  }

  async #ofEachBucket<T>(command: (keys: BucketKeys) => Promise<T>): Promise<T[]> {
    return Promise.all(
      Array.from({ length: BUCKETS }, (_, bucket) => {
        const keys = bucketKeys(this.#prefix, bucket)

        return this.#connection.shardOf(keys.due).run(() => command(keys))
      })
    )
  }
}

/** How long a write may take until it must not take effect any more, in milliseconds. */
function writeMs(options: PutOptions | undefined): number {
  const withinMs = Math.min(options?.withinMs ?? COMMAND_TIMEOUT_MS, COMMAND_TIMEOUT_MS)

  return withinMs * (1 - WRITE_MARGIN)
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
