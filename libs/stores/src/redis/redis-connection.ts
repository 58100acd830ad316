import {
  RendezvousError,
  type StoreOptions,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import calculateSlot from 'cluster-key-slot'
import { Cluster, type Redis } from 'ioredis'
import { raceSignal } from 'race-signal'
import type { StoreConfigurationError, StoreErrorKind } from '../store-errors.ts'
import { connectOnce, createRedisClient, type RedisAccess } from './create-redis-client.ts'
import { errorKind, refusal } from './redis-errors.ts'
import { RedisShard } from './redis-shard.ts'
import type { ScriptedRedis, ServerTime } from './scripts.ts'

/** How often a start looks whether the connection stands, in milliseconds. */
const OPEN_POLL_MS = 20

/** After what time a client that has given up is told to connect again, in milliseconds. */
const AGAIN_MS = 100

export interface RedisConnectionInit extends RedisAccess {
  /** As `parseRedisUrl` takes it. */
  url: string
  /** A steady clock in milliseconds, for durations only. Default: `performance.now`. */
  now?: () => number
  /** Told when Redis stops or starts to answer, at first use too. Default: nothing. */
  onUp?: (up: boolean, error?: unknown) => void
  /** Told, after {@link RedisConnection.open}, of what waiting cannot cure. Default: nothing. */
  onRefused?: (error: StoreConfigurationError) => void
  /** Told why a Sentinel can't be used, each time it is tried. Default: nothing. */
  onSentinelError?: (error: unknown) => void
  /** Told of each operation that failed. Default: nothing. */
  onError?: (kind: StoreErrorKind, error: unknown) => void
}

/**
 * The way to Redis, be it one server, a primary that Sentinels watch, or a Cluster: which server
 * holds a key, what time it is there, and whether it answers.
 */
export class RedisConnection {
  readonly client: ScriptedRedis
  /** A steady clock in milliseconds, for durations only. */
  readonly now: () => number
  readonly #cluster?: Cluster
  readonly #reasonOfFirstHost: () => Promise<unknown>
  readonly #shards = new Map<string, RedisShard>()
  /** By the name of a server. */
  readonly #connections = new Map<string, number>()
  readonly #onUp: (up: boolean, error?: unknown) => void
  readonly #onRefused: (error: StoreConfigurationError) => void
  readonly #onError: (kind: StoreErrorKind, error: unknown) => void
  #isUp?: boolean
  #refused?: StoreConfigurationError
  #isOpen = false
  #isClosed = false
  #lastError?: unknown
  #openError?: unknown

  /** @throws StoreConfigurationError on a URL that is none */
  constructor(init: RedisConnectionInit) {
    const client = createRedisClient(init.url, init)

    this.client = client
    this.now = init.now ?? (() => performance.now())
    this.#onUp = init.onUp ?? (() => {})
    this.#onRefused = init.onRefused ?? (() => {})
    this.#reasonOfFirstHost = () => connectOnce(init.url, init)
    this.#onError = init.onError ?? (() => {})

    if ((client as unknown) instanceof Cluster) {
      this.#cluster = client as unknown as Cluster
      // Servers that hold nothing any more do not count.
      this.#cluster.on('refresh', () => this.#tell())
    }

    this.#countConnections(client)
    // ioredis gives up for good where a Sentinel tells of a failover while it looks for the primary.
    client.on('end', () => this.#connectAgain())
    client.on('sentinelError', init.onSentinelError ?? (() => {}))
    client.on('error', (error) => {
      const refused = refusal(error)

      this.#lastError = error
      this.#refused ??= refused

      if (this.#isOpen && refused != null) {
        this.#onRefused(refused)
      }

      for (const shard of this.#present()) {
        shard.note(false, error)
      }
    })
  }

  /** What an attempt to connect failed with: the plainest that is known. */
  get lastError(): unknown {
    return this.#openError ?? this.#lastError
  }

  /** Each server that takes writes, as far as they are known. */
  get primaries(): Redis[] {
    return this.#cluster?.nodes('master') ?? [this.client]
  }

  /**
   * Connects, and waits up to `timeoutMs`, then up to 1.5 s more to find out what is wrong. Goes on trying by itself
   * after that.
   *
   * @returns whether the connection stands
   * @throws StoreConfigurationError for what waiting cannot cure
   */
  async open(timeoutMs: number, options?: StoreOptions): Promise<boolean> {
    const deadlineMs = performance.now() + timeoutMs

    // Its rejection is the first failed attempt; the connection goes on trying.
    this.client.connect().catch(() => {})

    while (this.client.status !== 'ready') {
      options?.signal?.throwIfAborted()

      if (this.#refused != null) {
        throw this.#refused
      }

      if (performance.now() >= deadlineMs) {
        this.#isOpen = true
        this.#openError = await raceSignal(this.#reasonOfFirstHost(), options?.signal)

        return false
      }

      await new Promise((resolve) => setTimeout(resolve, OPEN_POLL_MS))
    }

    // Connected, and refused all the same: what follows would go to another database.
    if (this.#refused != null) {
      throw this.#refused
    }

    this.#isOpen = true

    return true
  }

  /** The server that holds a key. Commands for the key are run through it. */
  shardOf(key: string): RedisShard {
    const name = this.#serverOf(key)
    const shard = this.#shards.get(name) ?? new RedisShard(this.now, (error) => this.#tell(error))

    this.#shards.set(name, shard)

    return shard
  }

  /** How often the key's server was connected to, or left: from one number to the next it may have lost what it had. */
  connectionsTo(key: string): number {
    return this.#connections.get(this.#serverOf(key)) ?? 0
  }

  /**
   * Time in microseconds where a key is, noted by its shard's clock. To be run through the shard. That is another
   * one afterwards where the key has moved.
   */
  async readTimeUs(key: string): Promise<number> {
    return (await this.readTimed(key, () => this.client.rendezvousTime(key))).nowUs
  }

  /**
   * Runs a script where a key is that tells the time, too.
   *
   * @returns time in microseconds, and what else it answers
   */
  async readTimed<T extends unknown[]>(
    key: string,
    script: () => Promise<[...ServerTime, ...T]>
  ): Promise<{ nowUs: number; answer: T }> {
    const sentAtMs = this.now()
    const [seconds, microseconds, ...answer] = await script()
    const nowUs = Number(seconds) * 1_000_000 + Number(microseconds)

    this.shardOf(key).clock.observe(Math.floor(nowUs / 1000), sentAtMs)

    return { nowUs, answer }
  }

  /**
   * Time in milliseconds where a key is: at least so much, and exact to a round trip. To be run
   * through the key's shard, since it asks at first.
   */
  async nowMs(key: string): Promise<number> {
    if (!this.shardOf(key).clock.isKnown) {
      await this.readTimeUs(key)
    }

    return this.shardOf(key).clock.earliest()
  }

  /** Runs one operation of a store: whatever it fails with becomes an `UnavailableError`. */
  async run<T>(operation: () => Promise<T>, options?: StoreOptions): Promise<T> {
    options?.signal?.throwIfAborted()

    try {
      return await raceSignal(operation(), options?.signal)
    } catch (error) {
      options?.signal?.throwIfAborted()

      if (error instanceof RendezvousError) {
        throw error
      }

      this.#onError(errorKind(error), error)

      throw new UnavailableError({ cause: error })
    }
  }

  /** Ends the connection at once. Operations under way, and later ones, fail with `UnavailableError`. */
  close(): void {
    this.#isClosed = true
    this.client.disconnect()
  }

  #connectAgain(): void {
    setTimeout(() => {
      if (!this.#isClosed) {
        // What it fails with is told as `error`, and it ends again.
        this.client.connect().catch(() => {})
      }
    }, AGAIN_MS).unref()
  }

  /** Empty unless it is a Cluster, and until that is known. */
  #serverOf(key: string): string {
    return this.#cluster?.slots[calculateSlot(key)]?.[0] ?? ''
  }

  #countConnections(client: ScriptedRedis): void {
    const countOf = (server: string, redis: ScriptedRedis | Redis) => {
      const count = () => {
        this.#connections.set(server, (this.#connections.get(server) ?? 0) + 1)
      }

      redis.on('close', count)
      redis.on('ready', count)
    }

    countOf('', client)
    // Those of a Cluster, each of which comes and goes by itself.
    client.on('+node', (node: Redis) => countOf(`${node.options.host}:${node.options.port}`, node))
  }

  /** Up means that every server in use answered last. */
  #tell(error?: unknown): void {
    const isUp = this.#present().every((shard) => shard.isUp !== false)

    if (isUp !== this.#isUp) {
      this.#isUp = isUp
      this.#onUp(isUp, error)
    }
  }

  /** Forgets servers that hold nothing any more, such as a primary that was replaced. */
  #present(): RedisShard[] {
    // Not `map`: it leaves out slots that nobody owns.
    const names = new Set(Array.from(this.#cluster?.slots ?? [], (servers) => servers?.[0] ?? ''))

    if (names.size === 0) {
      names.add('')
    }

    for (const name of this.#shards.keys()) {
      if (!names.has(name)) {
        this.#shards.delete(name)
      }
    }

    if (this.#shards.size === 0) {
      this.shardOf('')
    }

    return [...this.#shards.values()]
  }
}
