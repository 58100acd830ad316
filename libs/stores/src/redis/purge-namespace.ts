import type { ClusterSettings } from './cluster-settings.ts'
import type { NamespaceKeys } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'
import { scriptKeys } from './scripts.ts'

/** Expired registrations that one step removes, so that Redis is never held for long. */
export const PURGE_PER_STEP = 1000

/** Longer than any dialect grants, in milliseconds: a listed row as old as this is nobody's. */
const LISTED_MS_MAX = 4 * 24 * 3600 * 1000

/**
 * Removes expired registrations of a namespace: one step.
 *
 * @returns how many; fewer than {@link PURGE_PER_STEP} when it was the last step
 */
export async function purgeNamespace(
  connection: RedisConnection,
  keys: NamespaceKeys,
  { graceMs, keepsPrefixes }: Pick<ClusterSettings, 'graceMs' | 'keepsPrefixes'>
): Promise<number> {
  const [removed] = await connection
    .shardOf(keys.expiries)
    .run(() =>
      connection.client.rendezvousPurge(
        ...scriptKeys(keys),
        ...[keys.nsid, graceMs, PURGE_PER_STEP, LISTED_MS_MAX, Number(keepsPrefixes)]
      )
    )

  return removed
}
