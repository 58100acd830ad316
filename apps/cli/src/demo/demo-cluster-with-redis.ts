import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AbortOptions } from '@libp2p/interface'
import { DEMO_NODES, type DemoCluster, type DemoNode } from './demo-cluster.ts'
import { DemoFrontProcess } from './demo-front-process.ts'
import { type DemoRedisServer, startRedisServer } from './demo-redis-server.ts'
import { onEndOfThisProcess } from './end-with-this-process.ts'

/** The Redis of a demo: one that runs, or a server to start for it. */
export type DemoRedis = { url: string } | { file: string }

/** Three front nodes in processes of their own, on one Redis. */
export async function startClusterWithRedis(
  redis: DemoRedis,
  options: AbortOptions = {}
): Promise<DemoCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'rendezvous-demo-'))
  const release = onEndOfThisProcess('rm -rf "$1"', [directory])
  let server: DemoRedisServer | undefined
  let nodes: DemoFrontProcess[] = []

  async function stop(): Promise<void> {
    await Promise.all(nodes.map((node) => node.stop()))
    await server?.stop()
    await rm(directory, { recursive: true, force: true })
    release()
  }

  try {
    if ('file' in redis) {
      server = await startRedisServer(redis.file, directory, options)
    }

    const env = environmentOf(redis, server)
    const starting = DEMO_NODES.map((name) =>
      DemoFrontProcess.start({ name, directory, env }, options)
    )
    const started = await Promise.allSettled(starting)

    nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    await Promise.all(starting)
  } catch (error) {
    await stop()

    throw error
  }

  return {
    nodes,
    kind: 'redis',
    description:
      server == null ? 'the Redis of --store' : `one Redis (${server.name}, started for this run)`,
    kill: async (node: DemoNode) => nodes.find(({ name }) => name === node.name)?.kill(),
    stop
  }
}

/** Settings of front nodes that this process has would count in the demo's nodes too. */
function environmentOf(redis: DemoRedis, server?: DemoRedisServer): NodeJS.ProcessEnv {
  // Password and certificates belong to a Redis that was there before.
  const kept = 'url' in redis ? /^(?!RENDEZVOUS_)|^RENDEZVOUS_REDIS_/ : /^(?!RENDEZVOUS_)/
  const inherited = Object.entries(process.env).filter(([name]) => kept.test(name))
  const url = 'url' in redis ? redis.url : server?.url

  return { ...Object.fromEntries(inherited), RENDEZVOUS_STORE: url }
}
