import { afterAll, beforeAll } from 'vitest'
import type { RedisBinary, RedisUrl } from './find-redis.ts'
import { type RedisServer, startRedisServer } from './redis-server.ts'

/** The URL of a Redis for the tests of one file: one that runs already, or one started for them. */
export function useRedisUrl(redis: RedisBinary | RedisUrl): () => string {
  let server: RedisServer | undefined

  if (redis.kind === 'url') {
    return () => redis.url
  }

  beforeAll(async () => {
    server = await startRedisServer({ binary: redis })
  })

  afterAll(() => server?.stop())

  return () => server?.url ?? ''
}
