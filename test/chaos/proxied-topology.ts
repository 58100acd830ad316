import type { RedisBinary } from '../support/find-redis.ts'
import { type RedisTopology, startTopology } from '../support/redis-topology.ts'
import type { TopologyServer } from '../support/topology-server.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

/** Redis servers that front nodes reach through proxies, and that reach each other directly. */
export interface ProxiedTopology {
  topology: RedisTopology
  /** What a front node needs to reach it, by name. */
  flags: Record<string, string>
  proxyOf(server: TopologyServer): FaultProxy
  stop(): Promise<void>
}

export async function startProxiedTopology(
  kind: RedisTopology['kind'],
  binary: RedisBinary
): Promise<ProxiedTopology> {
  const topology = await startTopology(kind, { binary })
  const proxies = new Map<number, FaultProxy>()

  for (const { port } of topology.servers) {
    proxies.set(port, await startFaultProxy(port))
  }

  const pairs = [...proxies].map(([port, proxy]) => `127.0.0.1:${port}=127.0.0.1:${proxy.port}`)
  const throughProxies = topology.url.replace(
    /127\.0\.0\.1:(\d+)/g,
    (address, port) => `127.0.0.1:${proxies.get(Number(port))?.port ?? address.split(':')[1]}`
  )

  return {
    topology,
    flags: {
      store: throughProxies,
      ...(kind === 'standalone' ? {} : { 'redis-nat-map': pairs.join(',') })
    },
    proxyOf: ({ port }) => proxies.get(port) as FaultProxy,
    async stop() {
      await Promise.all([...proxies.values()].map((proxy) => proxy.stop()))
      await topology.stop()
    }
  }
}
