import { askRedisIfAlive } from './ask-redis.ts'
import { startCluster } from './cluster-topology.ts'
import { startSentinel } from './sentinel-topology.ts'
import {
  type RedisTopology,
  type RedisTopologyInit,
  SETTLED_WITHIN_MS,
  StartedServers
} from './topology-server.ts'
import { until } from './until.ts'

export type { RedisTopology, RedisTopologyInit } from './topology-server.ts'

/**
 * Starts real Redis servers on free loopback ports, without persistence, and waits until they are
 * one working whole: a single server; a primary, two replicas and three Sentinels; or a cluster of
 * three primaries with a replica each. They end with this process, even if this process is killed.
 *
 * @throws Error if they do not start
 */
export async function startTopology(
  kind: RedisTopology['kind'],
  init: RedisTopologyInit
): Promise<RedisTopology> {
  const started = new StartedServers()

  try {
    return await starters[kind](init, started)
  } catch (err) {
    await started.stop()
    throw err
  }
}

const starters = {
  standalone: startStandalone,
  sentinel: startSentinel,
  cluster: startCluster
} satisfies Record<RedisTopology['kind'], unknown>

async function startStandalone(
  { binary, args, tls }: RedisTopologyInit,
  started: StartedServers
): Promise<RedisTopology> {
  const servers = await started.start(1, { binary, args, tls })
  const [server] = servers as [(typeof servers)[number]]

  async function isUp(): Promise<boolean> {
    return (await askRedisIfAlive(server, 'PING')) === 'PONG'
  }

  return {
    kind: 'standalone',
    url: server.url,
    servers,
    sentinels: [],
    primaries: async () => ((await isUp()) ? [server] : []),
    failover: async () => {
      throw new Error('a standalone server has no replica to take its place')
    },
    settled: () => until('the server answers', SETTLED_WITHIN_MS, isUp),
    stop: () => started.stop()
  }
}
