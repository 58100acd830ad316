import type { RedisConnection } from './redis-connection.ts'

/** The highest sequence of an order, 0 when it is empty. */
export async function readHead(connection: RedisConnection, key: string): Promise<number> {
  const [, head] = await connection.client.zrange(key, '-1', '-1', 'WITHSCORES')

  return Number(head ?? 0)
}
