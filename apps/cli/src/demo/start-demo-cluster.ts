import type { AbortOptions } from '@libp2p/interface'
import type { DemoCluster } from './demo-cluster.ts'
import { startClusterInProcess } from './demo-cluster-in-process.ts'
import { startClusterWithRedis } from './demo-cluster-with-redis.ts'
import { findRedisServer } from './demo-redis-server.ts'

const HOW_TO_HAVE_REDIS =
  'install redis-server or valkey-server, or name a running one with --store redis://host:port'

/**
 * Three front nodes on the best store there is: the one that was named, a Redis of this machine, or
 * the memory of this process.
 *
 * @param store - `memory:`, the URL of a Redis, or nothing
 * @param say - told in one line what people would not expect
 */
export async function startDemoCluster(
  store: string | undefined,
  say: (line: string) => void,
  options: AbortOptions = {}
): Promise<DemoCluster> {
  if (store === 'memory:') {
    return startClusterInProcess(options)
  }

  if (store != null) {
    return startClusterWithRedis({ url: store }, options)
  }

  const file = await findRedisServer()

  if (file == null) {
    say(`No Redis here: the front nodes share the memory of one process (${HOW_TO_HAVE_REDIS}).`)

    return startClusterInProcess(options)
  }

  return startClusterWithRedis({ file }, options)
}
