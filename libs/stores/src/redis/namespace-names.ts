import { Namespace, type RecordKind, recordKindOfByte } from '@rendezvous-cluster/rendezvous'
import { LRUCache } from 'lru-cache'
import { bucketKeys, bucketOfNsid } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Names remembered: about 5 MB. */
const NAMES_MAX = 20_000

export interface NamedNamespace {
  kind: RecordKind
  namespace: Namespace
}

/** Which namespace a nsid stands for. That never changes, so it is asked for once. */
export class NamespaceNames {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #known = new LRUCache<string, NamedNamespace>({ max: NAMES_MAX })

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  /** By nsid; those without registrations may be missing. */
  async read(nsids: Iterable<string>): Promise<Map<string, NamedNamespace>> {
    const names = new Map<string, NamedNamespace>()
    const unknown: string[] = []

    for (const nsid of nsids) {
      const known = this.#known.get(nsid)

      if (known == null) {
        unknown.push(nsid)
      } else {
        names.set(nsid, known)
      }
    }

    await Promise.all(
      [...Map.groupBy(unknown, bucketOfNsid)].map(async ([bucket, ofBucket]) => {
        const key = bucketKeys(this.#prefix, bucket).namespaces
        const identities = await this.#connection
          .shardOf(key)
          .run(() => this.#connection.client.hmgetBuffer(key, ...ofBucket))

        for (const [index, nsid] of ofBucket.entries()) {
          const identity = identities[index]

          const kind = identity == null ? undefined : recordKindOfByte(identity[0] as number)

          if (identity != null && kind != null) {
            const namespace = Namespace.parse(new Uint8Array(identity.subarray(1)))

            this.#known.set(nsid, { kind, namespace })
            names.set(nsid, { kind, namespace })
          }
        }
      })
    )

    return names
  }
}
