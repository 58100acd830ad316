import {
  type ClusterDirectory,
  type ClusterNode,
  type ListedNode,
  NODE_EXPIRY_MS,
  type StoreOptions
} from '@rendezvous-cluster/rendezvous'
import type { ClusterSettings } from './cluster-settings.ts'
import { KEY_PREFIX_DEFAULT } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import { ScriptCode } from './scripts.ts'

/** Bytes before the JSON of a node, written by `announce-1.lua`. */
const HEADER_BYTES = 8

/** The nodes on one Redis, in `rdv:v1:nodes`. Announcing also agrees again on their settings. */
export class RedisDirectory implements ClusterDirectory {
  readonly #connection: RedisConnection
  readonly #settings: ClusterSettings
  readonly #key: string

  constructor(
    connection: RedisConnection,
    settings: ClusterSettings,
    keyPrefix: string = KEY_PREFIX_DEFAULT
  ) {
    this.#connection = connection
    this.#settings = settings
    this.#key = `${keyPrefix}nodes`
  }

  async announce(node: ClusterNode, options?: StoreOptions): Promise<ClusterNode | undefined> {
    await this.#settings.agree(options)

    return this.#write(node, NODE_EXPIRY_MS, options)
  }

  async withdraw(node: ClusterNode, options?: StoreOptions): Promise<void> {
    await this.#write(node, 0, options)
  }

  async list(options?: StoreOptions): Promise<ListedNode[]> {
    const { client } = this.#connection
    const key = this.#key
    const [nowUs, stored] = await this.#connection.run(
      () =>
        this.#connection
          .shardOf(key)
          .run(() => Promise.all([this.#connection.readTimeUs(key), client.hvalsBuffer(key)])),
      options
    )

    const nodes = stored
      .map((value) => ({ value, leftMs: value.readDoubleBE(0) - nowUs / 1000 }))
      .filter(({ leftMs }) => leftMs > 0)
      .map(({ value, leftMs }) => ({
        ...fromJson(value.toString('utf8', HEADER_BYTES)),
        // Announced after the time was read, where that is below zero.
        heardMsAgo: Math.max(0, NODE_EXPIRY_MS - leftMs)
      }))
      .sort((one, other) => (one.peerId < other.peerId ? -1 : 1))

    this.#settings.nodes = nodes.length

    return nodes
  }

  async #write(
    node: ClusterNode,
    expiryMs: number,
    options?: StoreOptions
  ): Promise<ClusterNode | undefined> {
    const [code, , other] = await this.#connection.run(
      () =>
        this.#connection
          .shardOf(this.#key)
          .run(() =>
            this.#connection.client.rendezvousAnnounce(
              this.#key,
              ...[node.peerId, node.instance, toJson(node), expiryMs]
            )
          ),
      options
    )

    return code === ScriptCode.HELD_BY_ANOTHER ? fromJson(other) : undefined
  }
}

function toJson({ record, ...rest }: ClusterNode): string {
  return JSON.stringify({ ...rest, record: Buffer.from(record).toString('base64') })
}

function fromJson(json: string): ClusterNode {
  const { record, ...rest } = JSON.parse(json)

  return { ...rest, record: Buffer.from(record, 'base64') }
}
