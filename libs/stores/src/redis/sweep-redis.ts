import type { StoreOptions, SweepResult } from '@rendezvous-cluster/rendezvous'
import type { ClusterSettings } from './cluster-settings.ts'
import { settleEachBucket } from './for-each-bucket.ts'
import { namespaceKeysOfIdentity } from './keys.ts'
import { PURGE_PER_STEP, purgeNamespace } from './purge-namespace.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Namespaces of a bucket that one sweep purges at most. */
const NAMESPACES_PER_BUCKET = 16

/** Purges namespaces that are due. Any number of nodes may do it at once. */
export async function sweepRedis(
  connection: RedisConnection,
  prefix: string,
  settings: ClusterSettings,
  options?: StoreOptions
): Promise<SweepResult> {
  const outcomes = await readDue(connection, prefix)
  const due = outcomes.flatMap((read) => (read.status === 'fulfilled' ? [read.value] : []))
  const failures = outcomes.flatMap((read) => (read.status === 'rejected' ? [read.reason] : []))
  let hasMore = due.some((identities) => identities.length === NAMESPACES_PER_BUCKET)
  let removed = 0

  // One after the other: requests of peers go in between.
  for (const identity of due.flat()) {
    options?.signal?.throwIfAborted()

    if (identity != null) {
      const keys = namespaceKeysOfIdentity(prefix, identity)
      const count = await purgeNamespace(connection, keys, settings).catch((error: unknown) => {
        failures.push(error)

        return 0
      })

      hasMore ||= count === PURGE_PER_STEP
      removed += count
    }
  }

  // What can't be read or purged is no reason to leave the others.
  if (failures.length > 0) {
    throw failures[0]
  }

  return { removed, hasMore }
}

/** Identities of namespaces that may have something to purge, by bucket. */
function readDue(
  connection: RedisConnection,
  prefix: string
): Promise<PromiseSettledResult<(Buffer | null)[]>[]> {
  const { client } = connection

  return settleEachBucket(connection, prefix, async ({ due, namespaces }) => {
    const nowMs = await connection.nowMs(due)
    const nsids = await client.zrangebyscore(due, '-inf', nowMs, 'LIMIT', 0, NAMESPACES_PER_BUCKET)
    const identities = nsids.length === 0 ? [] : await client.hmgetBuffer(namespaces, ...nsids)

    // A name that is lost is nothing that put leaves behind: some keys were deleted by hand.
    await Promise.all(
      nsids.map(
        (nsid, index) => identities[index] == null && client.rendezvousForget(due, namespaces, nsid)
      )
    )

    return identities
  })
}
