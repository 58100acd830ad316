import { BUCKETS, type BucketKeys, bucketKeys } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Runs the same for all buckets at once, each where its keys are. */
export function forEachBucket<T>(
  connection: RedisConnection,
  prefix: string,
  command: (keys: BucketKeys) => Promise<T>
): Promise<T[]> {
  return Promise.all(runForEach(connection, prefix, command))
}

/** As {@link forEachBucket}, where those of a server that is away are no reason to leave the others. */
export function settleEachBucket<T>(
  connection: RedisConnection,
  prefix: string,
  command: (keys: BucketKeys) => Promise<T>
): Promise<PromiseSettledResult<T>[]> {
  return Promise.allSettled(runForEach(connection, prefix, command))
}

function runForEach<T>(
  connection: RedisConnection,
  prefix: string,
  command: (keys: BucketKeys) => Promise<T>
): Promise<T>[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => {
    const keys = bucketKeys(prefix, bucket)

    return connection.shardOf(keys.due).run(() => command(keys))
  })
}
