import type { AbortOptions } from '@libp2p/interface'
import type { NamespaceSummary } from '@rendezvous-cluster/rendezvous'
import {
  ClusterSettings,
  RedisConnection,
  RedisStore,
  StoreConfigurationError
} from '@rendezvous-cluster/stores'
import type { Config } from './config/option-table.ts'
import { clusterSettingsOf, OPEN_MS, redisAccessOf } from './create-store.ts'

/**
 * All namespaces that a cluster's Redis has, in no order. Reads, and writes nothing.
 *
 * @throws StoreConfigurationError for a store that is no Redis, or that can't be used; Error when it does not
 * answer; UnavailableError when it stops to; or the signal's reason
 */
export async function* listNamespaces(
  config: Config,
  { signal }: AbortOptions = {}
): AsyncGenerator<NamespaceSummary> {
  if (!/^redis/.test(config.store)) {
    throw new StoreConfigurationError(
      'only a Redis can be looked into: registrations in memory and in a directory are with their node alone. ' +
        'Name it by --store redis://host:port'
    )
  }

  const connection = new RedisConnection({ url: config.store, ...redisAccessOf(config) })

  try {
    if (!(await connection.open(OPEN_MS, { signal }))) {
      throw new Error(`Redis does not answer: ${(connection.lastError as Error)?.message}`)
    }

    const settings = new ClusterSettings(connection, clusterSettingsOf(config))

    yield* new RedisStore({ connection, settings }).namespaces({ signal })
  } finally {
    connection.close()
  }
}
