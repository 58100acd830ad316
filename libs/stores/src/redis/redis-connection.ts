import { Redis, type RedisOptions } from 'ioredis'

/** A command without an answer for so long has failed; a write then no longer takes effect. */
export const COMMAND_TIMEOUT_MS = 1000

/**
 * A connection for requests: it fails fast and never queues while Redis is away.
 *
 * @throws TypeError on a URL that is none
 */
export function connectRedis(url: string, connectionName: string): Redis {
  return new Redis(url, { ...OPTIONS, connectionName })
}

const OPTIONS: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: COMMAND_TIMEOUT_MS,
  // A server that hangs keeps its connections open: only this ends them.
  socketTimeout: 1500,
  connectTimeout: 1500,
  retryStrategy: (attempt) => Math.min(50 * attempt, 500)
}
