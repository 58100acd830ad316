import type { RedisTopology } from '../support/redis-topology.ts'
import type { FaultScope } from './fault-windows.ts'
import { FAULTS } from './faults.ts'
import type { FrontNodes } from './front-nodes.ts'
import type { ProxiedTopology } from './proxied-topology.ts'

/** What fails: faults of one target come one after the other, those of different ones overlap. */
export const TARGETS = ['Redis', 'way to Redis', 'front node', 'way of clients'] as const

export type Target = (typeof TARGETS)[number]

/** What faults are begun on. */
export interface StormGround {
  redis: ProxiedTopology
  nodes: FrontNodes
}

/** A fault among others that last at the same time. */
export interface StormFault {
  name: string
  target: Target
  /** Beyond failed requests, what it may do to those who look. */
  scopes(node: number): FaultScope[]
  lastsMs: number
  /** Begins it, at one node where it is of one. The function returned ends it. */
  begin(ground: StormGround, node: number): Promise<() => Promise<void>>
}

const OF_NODES: readonly StormFault[] = [
  {
    name: 'front node killed',
    target: 'front node',
    scopes: ofNode,
    lastsMs: 500,
    begin: ({ nodes }, node) => ended(nodes, node, 'SIGKILL')
  },
  {
    name: 'front node drained',
    target: 'front node',
    scopes: ofNode,
    lastsMs: 500,
    begin: ({ nodes }, node) => ended(nodes, node, 'SIGTERM')
  },
  {
    // Shorter than anybody waits: it goes on with what it holds as if nothing had been.
    name: 'front node stands still',
    target: 'front node',
    scopes: () => ['slow'],
    lastsMs: 1000,
    async begin({ nodes }, node) {
      nodes.suspend(node)

      return async () => nodes.resume(node)
    }
  },
  {
    name: 'slow client network',
    target: 'way of clients',
    scopes: () => [],
    lastsMs: 6000,
    async begin({ nodes }, node) {
      nodes.proxyOf(node).delay(100)

      return async () => nodes.proxyOf(node).heal()
    }
  },
  {
    name: 'client network cut',
    target: 'way of clients',
    scopes: ofNode,
    lastsMs: 2000,
    async begin({ nodes }, node) {
      nodes.proxyOf(node).cut()

      return async () => nodes.proxyOf(node).heal()
    }
  }
]

/** Every fault that one topology knows. */
export function stormFaults(topology: RedisTopology['kind']): StormFault[] {
  const ofRedis = FAULTS.filter((fault) => fault.topology === topology).map(
    ({ name, target, losesData, lastsMs, begin }): StormFault => ({
      name,
      target: target === 'server' ? 'Redis' : 'way to Redis',
      scopes: () => (losesData ? ['slow', 'loss'] : ['slow']),
      lastsMs,
      begin: ({ redis }) => begin(redis)
    })
  )

  return [...ofRedis, ...OF_NODES]
}

function ofNode(node: number): FaultScope[] {
  return [`node ${node}`]
}

async function ended(nodes: FrontNodes, node: number, signal: 'SIGTERM' | 'SIGKILL') {
  await nodes.end(node, signal)

  return () => nodes.restart(node)
}
