import type { RegistrationStore } from '@rendezvous-cluster/rendezvous'
import {
  ClusterSettings,
  MemoryStore,
  RedisConnection,
  RedisStore
} from '@rendezvous-cluster/stores'

/** How long Redis's first answer is waited for, in milliseconds. */
const OPEN_MS = 5000

/**
 * An empty store of its own; in Redis, beside all else that is there.
 *
 * @param url - `memory:` or the URL of a Redis
 * @throws Error when Redis does not answer, or refuses
 */
export async function openSimulationStore(
  url: string,
  random: () => number
): Promise<RegistrationStore> {
  if (url === 'memory:') {
    return new MemoryStore({ random })
  }

  const keyPrefix = `simulate-sybil:${crypto.randomUUID()}:`
  const connection = new RedisConnection({ url })
  const settings = new ClusterSettings(connection, { keyPrefix, keepsPrefixes: true })

  if (!(await connection.open(OPEN_MS))) {
    connection.close()

    throw new Error(`--store: Redis does not answer within ${OPEN_MS / 1000} s`)
  }

  return new RedisStore({ connection, settings, keyPrefix })
}
