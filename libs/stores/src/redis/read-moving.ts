import type { RedisConnection } from './redis-connection.ts'
import { redisErrorCode } from './redis-errors.ts'

/**
 * What a script ends with while its slot moves: TRYAGAIN where some of its keys are at neither server, and where
 * the next one does not know the script yet either ASK or MOVED, since ioredis then sends it there as if it had
 * moved, and so to and fro until it gives up at one of the two.
 */
const MOVING: readonly (string | undefined)[] = ['TRYAGAIN', 'ASK', 'MOVED']

/**
 * Runs a script that reads a namespace. While its slot moves to another server of a Cluster, one without
 * registrations has no keys anywhere, and Redis refuses a script of several keys: a command of one key tells
 * that there are none. To be run through the key's shard.
 *
 * @param key - the zset that exists where the namespace has registrations
 * @returns `undefined` where it has none, and the script could not tell
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#multi-key-operations
 */
export async function readMoving<T>(
  connection: RedisConnection,
  key: string,
  script: () => Promise<T>
): Promise<T | undefined> {
  try {
    return await script()
  } catch (error) {
    if (!MOVING.includes(redisErrorCode(error))) {
      throw error
    }

    // Whoever gets the answer reads the clock of the shard.
    await connection.nowMs(key)

    if ((await connection.client.zcount(key, '-inf', '+inf')) > 0) {
      throw error
    }

    return undefined
  }
}
