import { GRACE_MS, type StoreOptions } from '@rendezvous-cluster/rendezvous'
import { KEY_PREFIX_DEFAULT } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Of the keys and of what they hold. */
const LAYOUT = '1'

/**
 * What one node asks of the Redis that it shares. Of nodes that differ, `clusterName` and `graceMs` are those
 * of the first one; an order and prefixes are kept by all as soon as one of them needs them.
 */
export interface ClusterSettingsInit {
  keyPrefix?: string
  /** Name of the cluster. Default `rendezvous`. */
  clusterName?: string
  /** Whether a dialect of this node pages, so that an order has to be kept. Default true. */
  isOrdered?: boolean
  /**
   * Whether this node caps registrations per IP prefix and spreads samples over prefixes, so that they
   * have to be kept. Default false.
   */
  keepsPrefixes?: boolean
  /** Default {@link GRACE_MS}. */
  graceMs?: number
}

/**
 * What all nodes on one Redis must agree on, kept in `rdv:v1:config`. The first node writes it, the
 * others go by it; an index that any of them reads is written by all from then on.
 */
export class ClusterSettings {
  readonly #connection: RedisConnection
  readonly #key: string
  readonly #own: Record<'layout' | 'grace-ms' | 'cluster-name', string>
  #graceMs: number
  #isOrdered: boolean
  #keepsPrefixes: boolean

  /** Whether this node asks for IP prefixes itself. */
  readonly needsPrefixes: boolean

  constructor(connection: RedisConnection, init: ClusterSettingsInit = {}) {
    this.#connection = connection
    this.#key = `${init.keyPrefix ?? KEY_PREFIX_DEFAULT}config`
    this.#graceMs = init.graceMs ?? GRACE_MS
    this.#isOrdered = init.isOrdered ?? true
    this.needsPrefixes = init.keepsPrefixes ?? false
    this.#keepsPrefixes = this.needsPrefixes
    this.#own = {
      layout: LAYOUT,
      'grace-ms': String(this.#graceMs),
      'cluster-name': init.clusterName ?? 'rendezvous'
    }
  }

  /** How many nodes share the store, as far as is known; told by the directory. */
  nodes = 1

  /** How long registrations outlive their TTL, in milliseconds. */
  get graceMs(): number {
    return this.#graceMs
  }

  /** Whether registrations are kept in order, for pages. */
  get isOrdered(): boolean {
    return this.#isOrdered
  }

  /** Whether IP prefixes are kept beside registrations, since some node caps what each may hold. */
  get keepsPrefixes(): boolean {
    return this.#keepsPrefixes
  }

  /**
   * Writes what nobody has written yet, and takes over the rest. To be repeated: Redis may lose it,
   * and other nodes may add an index.
   *
   * @returns how this node differs from the others, in words
   */
  async agree(options?: StoreOptions): Promise<string[]> {
    const { client } = this.#connection
    const key = this.#key
    const own = Object.entries(this.#own)
    const stored = await this.#connection.run(
      () =>
        this.#connection.shardOf(key).run(async () => {
          const writes = own.map(([field, value]) => client.hsetnx(key, field, value))

          if (this.#isOrdered) {
            writes.push(client.hset(key, 'order', '1'))
          }

          if (this.needsPrefixes) {
            writes.push(client.hset(key, 'prefixes', '1'))
          }

          await Promise.all(writes)

          return client.hgetall(key)
        }),
      options
    )

    // Lost again at that moment, as by a flush: what is missing stays as it was.
    this.#graceMs = Number(stored['grace-ms'] ?? this.#graceMs)
    this.#isOrdered ||= stored.order === '1'
    // Nobody needs them any more once an operator has taken the field away.
    this.#keepsPrefixes = this.needsPrefixes || stored.prefixes === '1'

    return own
      .filter(([field, value]) => (stored[field] ?? value) !== value)
      .map(([field, value]) => `${field}: ${value} here, ${stored[field]} in the cluster`)
  }
}
