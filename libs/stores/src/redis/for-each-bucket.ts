import { BUCKETS, type BucketKeys, bucketKeys } from './keys.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Runs the same for all buckets at once, each where its keys are. */
export async function forEachBucket<T>(
  connection: RedisConnection,
  prefix: string,
  command: (keys: BucketKeys) => Promise<T>
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: BUCKETS }, (_, bucket) => {
      const keys = bucketKeys(prefix, bucket)

      return connection.shardOf(keys.due).run(() => command(keys))
    })
  )
}
