import type { Redis } from 'ioredis'

/** All processor time that a server has taken since it started, in microseconds. */
export async function redisCpuUs(server: Redis): Promise<number> {
  const info = await server.info('cpu')
  const seconds = [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)]

  return seconds.reduce((sum, [, text]) => sum + Number(text), 0) * 1_000_000
}
