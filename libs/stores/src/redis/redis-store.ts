import {
  GRACE_MS,
  type LiveRegistration,
  Namespace,
  type NamespaceSummary,
  type PutOptions,
  type Registration,
  type RegistrationStore,
  recordKindOfByte,
  type StoreOptions,
  type StoreStats,
  type SweepResult,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { raceSignal } from 'race-signal'
import { peerKey } from '../peer-key.ts'
import { StoreConfigurationError, type StoreErrorKind } from '../store-errors.ts'
import { fillPool, readTime } from './fill-pool.ts'
import {
  BUCKETS,
  type BucketKeys,
  bucketKeys,
  KEY_PREFIX_DEFAULT,
  namespaceKeys,
  namespaceKeysOfNsid
} from './keys.ts'
import { NamespacePools } from './namespace-pools.ts'
import { probeRights } from './probe-rights.ts'
import { RedisClock } from './redis-clock.ts'
import { COMMAND_TIMEOUT_MS, connectRedis } from './redis-connection.ts'
import { errorKind, LateWriteError, redisErrorCode, refusal } from './redis-errors.ts'
import {
  defineScripts,
  type ScriptAnswer,
  ScriptCode,
  type ScriptedRedis,
  scriptKeys
} from './scripts.ts'
import { checkServer } from './server-check.ts'

/** Expired registrations that one write removes from its namespace: more than it adds. */
const PURGE_PER_PUT = 10

/** Expired registrations that one step of a sweep removes, so that Redis is never held for long. */
const PURGE_PER_STEP = 1000

/** Namespaces of a bucket that one call of `sweep` purges at most. */
const NAMESPACES_PER_BUCKET = 16

/** A write gives up this share of its time before its caller does: its answer has to travel too. */
const WRITE_MARGIN = 0.1

export interface RedisStoreInit {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  url: string
  /** Start of every key. Default {@link KEY_PREFIX_DEFAULT}. */
  keyPrefix?: string
  /** Most bytes of namespaces copied into this process. Default 64 MiB. */
  poolBytesMax?: number
  /** Uniform in [0, 1). Default: `Math.random`. */
  random?: () => number
  /** A steady clock in milliseconds, for durations only. Default: `performance.now`. */
  now?: () => number
  /** Told when Redis stops or starts to answer, at first use too. Default: nothing. */
  onUp?: (up: boolean, error?: unknown) => void
  /** Told of each command that failed. Default: nothing. */
  onError?: (kind: StoreErrorKind, error: unknown) => void
}

/**
 * Registrations in one Redis server, shared by any number of front nodes. Expiry goes by Redis's
 * clock alone. Writes are scripts, reads are plain commands and never write.
 */
export class RedisStore implements RegistrationStore {
  readonly #redis: ScriptedRedis
  readonly #prefix: string
  readonly #clock: RedisClock
  readonly #pools: NamespacePools
  readonly #onUp: (up: boolean, error?: unknown) => void
  readonly #onError: (kind: StoreErrorKind, error: unknown) => void
  #up?: boolean

  constructor(init: RedisStoreInit) {
    const random = init.random ?? Math.random

    this.#redis = defineScripts(connectRedis(init.url, 'rendezvous'))
    this.#prefix = init.keyPrefix ?? KEY_PREFIX_DEFAULT
    this.#clock = new RedisClock(init.now ?? (() => performance.now()))
    this.#onUp = init.onUp ?? (() => {})
    this.#onError = init.onError ?? (() => {})
    this.#pools = new NamespacePools({
      clock: this.#clock,
      random,
      bytesMax: init.poolBytesMax ?? 64 * 1024 * 1024,
      fill: (keys) => fillPool(this.#redis, this.#clock, random, keys)
    })
    this.#redis.on('error', (error) => this.#note(false, error))
  }

  /**
   * Connects, and waits up to `timeoutMs` for Redis to answer. When it does not, the store goes
   * on trying by itself.
   *
   * @returns warnings about the server's settings, or `undefined` when it did not answer in time
   * @throws StoreConfigurationError for what waiting cannot cure
   */
  async open(timeoutMs: number, options?: StoreOptions): Promise<string[] | undefined> {
    let refused: StoreConfigurationError | undefined
    const onError = (error: unknown): void => {
      refused ??= refusal(error)
    }

    this.#redis.on('error', onError)
    // Its rejection is the first failed attempt; the connection goes on trying.
    this.#redis.connect().catch(() => {})

    try {
      const deadlineMs = performance.now() + timeoutMs

      while (this.#redis.status !== 'ready') {
        options?.signal?.throwIfAborted()

        if (refused != null) {
          throw refused
        }

        if (performance.now() >= deadlineMs) {
          return undefined
        }

        await new Promise((resolve) => setTimeout(resolve, 20))
      }

      return await this.#checkServer()
    } finally {
      this.#redis.off('error', onError)
    }
  }

  async put(registration: Registration, options?: PutOptions): Promise<void> {
    const { kind, namespace, peerId, record, ttlSeconds } = registration
    const keys = namespaceKeys(this.#prefix, kind, namespace)
    const ttlMs = ttlSeconds * 1000
    const { atMs } = await this.#write(
      (notAfterMs) =>
        this.#redis.rendezvousPut(
          ...scriptKeys(keys),
          toBuffer(peerId),
          toBuffer(record),
          ttlMs,
          GRACE_MS,
          notAfterMs,
          keys.nsid,
          keys.identity,
          PURGE_PER_PUT
        ),
      options
    )

    this.#pools.put(keys.nsid, peerKey(peerId), record, atMs + ttlMs)
  }

  async remove(
    of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>,
    options?: StoreOptions
  ): Promise<boolean> {
    const keys = namespaceKeys(this.#prefix, of.kind, of.namespace)
    const { code } = await this.#write(
      (notAfterMs) =>
        this.#redis.rendezvousRemove(
          ...scriptKeys(keys),
          toBuffer(of.peerId),
          GRACE_MS,
          notAfterMs,
          keys.nsid
        ),
      options
    )

    this.#pools.remove(keys.nsid, peerKey(of.peerId))

    return code === ScriptCode.DONE
  }

  async sample(
    from: Pick<Registration, 'kind' | 'namespace'>,
    limit: number,
    options?: StoreOptions
  ): Promise<LiveRegistration[]> {
    const keys = namespaceKeys(this.#prefix, from.kind, from.namespace)

    return this.#run(() => this.#pools.draw(keys, limit), options)
  }

  async *namespaces(options?: StoreOptions): AsyncGenerator<NamespaceSummary> {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const keys = bucketKeys(this.#prefix, bucket)
      const [identities, counts] = await this.#run(
        () =>
          Promise.all([
            this.#redis.hgetallBuffer(keys.namespaces),
            this.#redis.hgetall(keys.counts)
          ]),
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
      () => this.#ofEachBucket(({ counts }) => this.#redis.hvals(counts)),
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

  async close(): Promise<void> {
    this.#pools.clear()
    this.#redis.disconnect()
  }

  async #sweep(options?: StoreOptions): Promise<SweepResult> {
    const nowMs = await readTime(this.#redis, this.#clock)
    const due = await this.#ofEachBucket(({ due }) =>
      this.#redis.zrangebyscore(due, '-inf', nowMs, 'LIMIT', 0, NAMESPACES_PER_BUCKET)
    )
    let hasMore = due.some((nsids) => nsids.length === NAMESPACES_PER_BUCKET)
    let removed = 0

    // One after the other: requests of peers go in between.
    for (const nsid of due.flat()) {
      options?.signal?.throwIfAborted()

      const [count] = await this.#redis.rendezvousPurge(
        ...scriptKeys(namespaceKeysOfNsid(this.#prefix, nsid)),
        nsid,
        GRACE_MS,
        PURGE_PER_STEP
      )

      hasMore ||= count === PURGE_PER_STEP
      removed += count
    }

    return { removed, hasMore }
  }

  /** As {@link open}, once the connection stands. */
  async #checkServer(): Promise<string[] | undefined> {
    try {
      // First: one that is too old would fail the probe too, and not say why.
      const warnings = checkServer(await this.#run(() => this.#redis.info()))

      await this.#run(() => probeRights(this.#redis, this.#prefix))

      return warnings
    } catch (error) {
      const cause = error instanceof UnavailableError ? error.cause : error

      if (cause instanceof StoreConfigurationError) {
        throw cause
      }

      const refused = refusal(cause)

      if (refused != null) {
        throw refused
      }

      // It answered, and so it may still serve; or it went away again, which can pass.
      return redisErrorCode(cause) == null ? undefined : [`Redis: ${(cause as Error).message}`]
    }
  }

  /** Runs a script that writes, and takes no "too late" for an answer. */
  async #write(
    run: (notAfterMs: number) => Promise<ScriptAnswer>,
    options: PutOptions | undefined
  ): Promise<{ code: number; atMs: number }> {
    const startedAtMs = this.#clock.local()
    const withinMs = Math.min(options?.withinMs ?? COMMAND_TIMEOUT_MS, COMMAND_TIMEOUT_MS)

    return this.#run(async () => {
      if (!this.#clock.isKnown) {
        await readTime(this.#redis, this.#clock)
      }

      const sentAtMs = this.#clock.local()
      const leftMs = withinMs * (1 - WRITE_MARGIN) - (sentAtMs - startedAtMs)
      const [code, atMs] = await run(Math.floor(this.#clock.earliest() + leftMs))

      this.#clock.observe(atMs, sentAtMs)

      if (code === ScriptCode.TOO_LATE) {
        throw new LateWriteError('the write ran after its deadline and did nothing')
      }

      return { code, atMs }
    }, options)
  }

  async #run<T>(command: () => Promise<T>, options?: StoreOptions): Promise<T> {
    options?.signal?.throwIfAborted()

    try {
      const result = await raceSignal(command(), options?.signal)

      this.#note(true)

      return result
    } catch (error) {
      options?.signal?.throwIfAborted()

      const kind = errorKind(error)

      this.#onError(kind, error)
      // Whatever else is wrong, Redis said so: it answers.
      this.#note(kind !== 'timeout' && kind !== 'connection', error)

      throw new UnavailableError({ cause: error })
    }
  }

  #note(up: boolean, error?: unknown): void {
    if (up !== this.#up) {
      this.#up = up
      this.#onUp(up, error)
    }
  }

  async #ofEachBucket<T>(command: (keys: BucketKeys) => Promise<T>): Promise<T[]> {
    return Promise.all(
      Array.from({ length: BUCKETS }, (_, bucket) => command(bucketKeys(this.#prefix, bucket)))
    )
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
