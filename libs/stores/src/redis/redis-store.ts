import {
  type LiveRegistration,
  Namespace,
  type NamespaceSummary,
  type PageSource,
  type PutOptions,
  RECORD_KINDS,
  type RecordKind,
  type Registration,
  type RegistrationPage,
  type RegistrationStore,
  recordKindOfByte,
  type SampleOptions,
  type StoreOptions,
  type StoreStats,
  type SweepResult,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { Semaphore } from 'async-mutex'
import { LRUCache } from 'lru-cache'
import { peerKey } from '../peer-key.ts'
import { ClusterSettings } from './cluster-settings.ts'
import { CHANGES_MAX } from './copy-policy.ts'
import { drawMembers } from './draw-members.ts'
import { fillPool, type ReadAtOnce } from './fill-pool.ts'
import { FirstPages } from './first-pages.ts'
import { forEachBucket } from './for-each-bucket.ts'
import type { CopiedNamespaces } from './held-pools.ts'
import {
  BUCKETS,
  bucketKeys,
  KEY_PREFIX_DEFAULT,
  type NamespaceKeys,
  namespaceKeys
} from './keys.ts'
import { NamespaceNames } from './namespace-names.ts'
import { NamespacePools, type NamespaceRead } from './namespace-pools.ts'
import { readChanges } from './read-changes.ts'
import { type MemberPage, readPage, readPageOfAll, toPaged } from './read-pages.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisWriter } from './redis-writer.ts'
import { sweepRedis } from './sweep-redis.ts'

/**
 * Records that are read at once: four of the largest pools, or 400 namespaces of 50 peers. Of 4 KiB each
 * they are 80 MiB, and twice that while they are taken over.
 */
const RECORDS_READ_AT_ONCE = 20_000

/** They are counted in so many portions. */
const READ_PORTIONS = 400

/** Namespaces whose keys are remembered, since they take a hash: about 3 MB. */
const KEYS_MAX = 2000

/** Most bytes of copied registrations: those of a million with records of some 200 bytes. */
export const COPIED_BYTES_MAX_DEFAULT = 512 * 1024 * 1024

/** Registrations of one peer that are removed at the same time. */
const REMOVED_AT_ONCE = 100

/** Which Redis is used, and how much of it this process holds. Closing the store closes `connection` too. */
export interface RedisStoreInit {
  connection: RedisConnection
  /** What the nodes agree on. Default: the defaults, without asking the others. */
  settings?: ClusterSettings
  /** Start of every key, the same at all nodes. Default `rdv:v1:`. */
  keyPrefix?: string
  /** Most bytes of namespaces copied into this process, beside 16 MiB of first pages. Default 512 MiB. */
  copiedBytesMax?: number
  /** Most records that are read at once; further reads wait. Default 20,000, of up to 4 KiB each. */
  recordsReadAtOnce?: number
  /** Uniform in [0, 1). Default: `Math.random`. */
  random?: () => number
  /** A namespace was read for a copy, or drawn from for one answer. */
  onRead?: (read: NamespaceRead) => void
  /** A copy would have paid, and there was no room for it. */
  onNoRoom?: () => void
}

/**
 * Registrations in Redis, shared by any number of front nodes. Expiry goes by Redis's clock alone.
 * Writes are scripts, reads are plain commands or scripts and never write.
 */
export class RedisStore implements RegistrationStore {
  readonly #connection: RedisConnection
  readonly #settings: ClusterSettings
  readonly #prefix: string
  readonly #pools: NamespacePools
  readonly #firstPages: FirstPages
  readonly #writer: RedisWriter
  readonly #names: NamespaceNames
  readonly #readAtOnce: ReadAtOnce
  readonly #keys = new LRUCache<string, NamespaceKeys>({ max: KEYS_MAX })

  constructor(init: RedisStoreInit) {
    const { connection } = init
    const random = init.random ?? Math.random
    const settings = init.settings ?? new ClusterSettings(connection)

    this.#connection = connection
    this.#settings = settings
    this.#prefix = init.keyPrefix ?? KEY_PREFIX_DEFAULT
    this.#writer = new RedisWriter(connection, settings, this.#prefix)
    this.#names = new NamespaceNames(connection, this.#prefix)
    this.#readAtOnce = boundedReads(init.recordsReadAtOnce ?? RECORDS_READ_AT_ONCE)
    this.#pools = new NamespacePools({
      now: connection.now,
      random,
      graceMs: () => settings.graceMs,
      isOrdered: () => settings.isOrdered,
      hasPrefixes: () => settings.needsPrefixes,
      connections: ({ expiries }) => connection.connectionsTo(expiries),
      clockOf: ({ expiries }) => connection.shardOf(expiries).clock,
      bytesMax: init.copiedBytesMax ?? COPIED_BYTES_MAX_DEFAULT,
      onRead: init.onRead ?? (() => {}),
      onNoRoom: init.onNoRoom ?? (() => {}),
      fill: (keys, parts) =>
        connection
          .shardOf(keys.expiries)
          .run(() =>
            fillPool({ connection, random, settings, readAtOnce: this.#readAtOnce }, keys, parts)
          ),
      readChanges: (keys, after) =>
        this.#readAtOnce(CHANGES_MAX, () =>
          connection
            .shardOf(keys.expiries)
            .run(() => readChanges({ connection, settings }, keys, after))
        ),
      drawInRedis: (keys, wanted) =>
        this.#readAtOnce(2 * wanted, () =>
          connection
            .shardOf(keys.expiries)
            .run(() => drawMembers({ connection, graceMs: settings.graceMs, random }, keys, wanted))
        )
    })
    this.#firstPages = new FirstPages({
      now: connection.now,
      clockOf: ({ order }) => connection.shardOf(order).clock,
      graceMs: () => settings.graceMs,
      read: (keys, limit) => this.#readMembers(keys, 0, limit)
    })
  }

  /** What copies of namespaces hold. */
  get copied(): CopiedNamespaces {
    return this.#pools.copied
  }

  async put(registration: Registration, options?: PutOptions): Promise<void> {
    const { kind, namespace, peerId, record, ttlSeconds, ipPrefix } = registration
    const keys = this.#keysOf(kind, namespace)

    await this.#run(async () => {
      const { atMs, sequence } = await this.#writer.put(registration, keys, options)
      const content = {
        record,
        expiresAtMs: atMs + ttlSeconds * 1000,
        sequence,
        ipPrefix: this.#settings.needsPrefixes ? ipPrefix : undefined
      }

      this.#pools.put(keys.nsid, { ...content, peerId })
      this.#firstPages.put(keys.nsid, peerKey(peerId), content)
    }, options)
  }

  async remove(
    of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>,
    options?: PutOptions
  ): Promise<boolean> {
    const keys = this.#keysOf(of.kind, of.namespace)

    return this.#run(async () => {
      const wasLive = await this.#writer.remove(of, keys, options)

      this.#pools.remove(keys.nsid, of.peerId)
      this.#firstPages.remove(keys.nsid, peerKey(of.peerId))

      return wasLive
    }, options)
  }

  /** Finds them by what the peer has reserved. */
  async removeAll(
    { kind, peerId }: Pick<Registration, 'kind' | 'peerId'>,
    options: PutOptions = {}
  ): Promise<number> {
    const startedAtMs = this.#connection.now()
    const all = await this.#run(() => this.#reservedBy(peerId, kind), options)
    let removed = 0

    for (let start = 0; start < all.length; start += REMOVED_AT_ONCE) {
      const some = all.slice(start, start + REMOVED_AT_ONCE)
      const withinMs = leftMs(options, this.#connection.now() - startedAtMs)
      const wereLive = await Promise.all(
        some.map(({ namespace }) =>
          this.remove({ kind, namespace, peerId }, { ...options, withinMs })
        )
      )

      // Else each UNREGISTER of everything would look for what has long expired, again and again.
      await this.#run(() => this.#writer.releaseUnused(peerId, some), options)
      removed += wereLive.filter((wasLive) => wasLive).length
    }

    return removed
  }

  async sample(
    from: Pick<Registration, 'kind' | 'namespace'>,
    limit: number,
    options?: SampleOptions
  ): Promise<LiveRegistration[]> {
    const keys = this.#keysOf(from.kind, from.namespace)

    return this.#run(() => this.#pools.draw(keys, limit, options), options)
  }

  async page(
    { kind, namespace }: PageSource,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage> {
    if (!this.#settings.isOrdered) {
      throw new UnavailableError({ cause: new Error('no order is kept: no dialect pages') })
    }

    return this.#run(
      () =>
        namespace == null
          ? this.#pageOfAll(kind, after, limit, options)
          : this.#page(this.#keysOf(kind, namespace), namespace, after, limit, options),
      options
    )
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
      () =>
        forEachBucket(this.#connection, this.#prefix, ({ counts }) =>
          this.#connection.client.hvals(counts)
        ),
      options
    )

    return {
      registrations: counts.flat().reduce((sum, count) => sum + Number(count), 0),
      namespaces: counts.flat().length
    }
  }

  async sweep(options?: StoreOptions): Promise<SweepResult> {
    return this.#run(
      () => sweepRedis(this.#connection, this.#prefix, this.#settings, options),
      options
    )
  }

  /** Closes the connection too. */
  async close(): Promise<void> {
    this.#pools.clear()
    this.#firstPages.clear()
    this.#connection.close()
  }

  #pageOfAll(
    kind: RecordKind,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage> {
    const init = {
      connection: this.#connection,
      prefix: this.#prefix,
      names: this.#names,
      graceMs: this.#settings.graceMs
    }

    return this.#readAtOnce(limit, async () => {
      options?.signal?.throwIfAborted()

      return readPageOfAll(init, kind, after, limit)
    })
  }

  async #page(
    keys: NamespaceKeys,
    namespace: Namespace,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage> {
    const copied = await this.#pools.page(keys, after, limit)

    if (copied != null) {
      return copied
    }

    const first = after === 0 ? await this.#firstPages.page(keys, limit) : undefined

    if (first != null && (first.registrations.length > 0 || first.cursor === 0)) {
      return first
    }

    const { members, cursor } = await this.#readMembers(
      keys,
      first?.cursor ?? after,
      limit,
      options
    )
    const nowMs = this.#connection.shardOf(keys.order).clock.latest()

    return { registrations: members.map((member) => toPaged(member, namespace, nowMs)), cursor }
  }

  /** Members of a namespace with a sequence above `after`. */
  #readMembers(
    keys: NamespaceKeys,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<MemberPage> {
    const init = { connection: this.#connection, graceMs: this.#settings.graceMs }

    return this.#readAtOnce(limit, async () => {
      // It may have waited for longer than anybody waits for it.
      options?.signal?.throwIfAborted()

      return this.#connection.shardOf(keys.order).run(() => readPage(init, keys, after, limit))
    })
  }

  #keysOf(kind: RecordKind, namespace: Namespace): NamespaceKeys {
    // A byte, as in the hash: no name of a kind is the start of another's and its namespace's.
    const identity = String.fromCharCode(RECORD_KINDS[kind].byte) + namespace.key
    const known = this.#keys.get(identity)

    if (known != null) {
      return known
    }

    const keys = namespaceKeys(this.#prefix, kind, namespace)

    this.#keys.set(identity, keys)

    return keys
  }

  /** Namespaces in which a peer may have registrations of a kind. */
  async #reservedBy(peerId: Uint8Array, kind: RecordKind) {
    const reserved = await this.#writer.reservedBy(peerId)
    const names = await this.#names.read(reserved.map(({ nsid }) => nsid))

    return reserved.flatMap((one) => {
      const named = names.get(one.nsid)

      return named?.kind === kind ? [{ ...one, namespace: named.namespace }] : []
    })
  }

  #run<T>(operation: () => Promise<T>, options?: StoreOptions): Promise<T> {
    return this.#connection.run(operation, options)
  }
}

/**
 * Lets reads begin in their order, as long as they are for no more records than that together. Counted in
 * portions: the semaphore looks at each unit it has whenever one read ends.
 */
function boundedReads(recordsMax: number): ReadAtOnce {
  const portion = Math.ceil(recordsMax / READ_PORTIONS)
  const portions = Math.floor(recordsMax / portion)
  const semaphore = new Semaphore(portions)

  return (count, read) =>
    semaphore.runExclusive(read, Math.min(Math.max(1, Math.ceil(count / portion)), portions))
}

/** What is left of a caller's time; `undefined` where it waits as long as it takes. */
function leftMs({ withinMs }: PutOptions, passedMs: number): number | undefined {
  return withinMs == null ? undefined : withinMs - passedMs
}
