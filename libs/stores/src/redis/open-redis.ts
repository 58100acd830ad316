import { type StoreOptions, UnavailableError } from '@rendezvous-cluster/rendezvous'
import { StoreConfigurationError } from '../store-errors.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import { KEY_PREFIX_DEFAULT } from './keys.ts'
import { probeRights } from './probe-rights.ts'
import type { RedisConnection } from './redis-connection.ts'
import { redisErrorCode, refusal } from './redis-errors.ts'
import { checkServer } from './server-check.ts'

/**
 * Connects to Redis, waits up to `timeoutMs` for it to answer, checks its servers and our rights,
 * and agrees with the other nodes on the settings. When Redis does not answer, the connection goes
 * on trying by itself.
 *
 * @returns warnings for the operator, or `undefined` when it did not answer in time
 * @throws StoreConfigurationError for what waiting cannot cure
 */
export async function openRedis(
  connection: RedisConnection,
  settings: ClusterSettings,
  timeoutMs: number,
  options?: StoreOptions & { keyPrefix?: string }
): Promise<string[] | undefined> {
  return (await connection.open(timeoutMs, options))
    ? checkRedis(connection, settings, options?.keyPrefix)
    : undefined
}

/**
 * The checks of {@link openRedis}, for a Redis that answers.
 *
 * @returns warnings for the operator, or `undefined` when it went away again
 * @throws StoreConfigurationError for what waiting cannot cure
 */
export async function checkRedis(
  connection: RedisConnection,
  settings: ClusterSettings,
  keyPrefix: string = KEY_PREFIX_DEFAULT
): Promise<string[] | undefined> {
  try {
    // First: a server that is too old would fail the probe too, and not say why.
    const warnings = await connection.run(async () => {
      const infos = await Promise.all(connection.primaries.map((primary) => primary.info()))

      return infos.flatMap(checkServer)
    })

    await connection.run(() => probeRights(connection, keyPrefix, settings))

    const differences = await settings.agree()

    return [
      ...new Set(warnings),
      ...differences.map((difference) => `this node differs from its cluster: ${difference}`)
    ]
  } catch (error) {
    return explain(error instanceof UnavailableError ? error.cause : error)
  }
}

/** A server that answers may still serve; one that went away again may come back. */
function explain(error: unknown): string[] | undefined {
  const refused = error instanceof StoreConfigurationError ? error : refusal(error)

  if (refused != null) {
    throw refused
  }

  return redisErrorCode(error) == null ? undefined : [`Redis: ${(error as Error).message}`]
}
