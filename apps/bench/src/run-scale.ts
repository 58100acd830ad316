import type { AbortOptions } from '@libp2p/interface'
import { startFrontProcess } from '../../../test/interop/support/front-process.ts'
import { findRedisBinary } from '../../../test/support/find-redis.ts'
import { pinTo } from '../../../test/support/pin-to.ts'
import { type RedisTopology, startTopology } from '../../../test/support/redis-topology.ts'
import { LOAD_CORE, SERVER_CORE } from './cores.ts'
import type { Scenario } from './load/load-request.ts'
import { LoadProcess } from './load/start-load.ts'
import { cpuSecondsOfThreads } from './process-usage.ts'
import { NODE_ARGS, UNBOUNDED } from './servers/our-server.ts'

/** At one node. */
const PEERS = 200

const NAMESPACES = 5

/** Of each measurement, before it: caches are cold after the others' turns. */
const WARM_UP_SECONDS = 1

/** How many nodes on which Redis. */
export interface Setup {
  nodes: number
  redis: 'standalone' | 'cluster'
}

/**
 * What each node is asked, and how often: the same however many nodes there are. Each takes about as much of a core
 * as the mixture does, since an operation costs less the busier a node is.
 */
export interface ScaleOperation {
  name: string
  scenario: Scenario
  limit: number
  perSecond: number
}

export const SCALE_OPERATIONS: readonly ScaleOperation[] = [
  { name: 'refresh', scenario: 'refresh', limit: 0, perSecond: 250 },
  { name: 'discover 50', scenario: 'discover', limit: 50, perSecond: 150 },
  { name: 'connect', scenario: 'connect', limit: 0, perSecond: 40 },
  { name: 'mixed', scenario: 'mixed', limit: 50, perSecond: 200 }
]

export const SETUPS: readonly Setup[] = [
  { nodes: 1, redis: 'standalone' },
  { nodes: 2, redis: 'standalone' },
  { nodes: 4, redis: 'standalone' },
  { nodes: 4, redis: 'cluster' }
]

/** Microseconds for one operation. */
export interface UnitCost {
  nodeUs: number
  redisUs: number
  failed: number
}

export interface ScaleResult {
  setup: Setup
  /** Of each operation, one for each round. */
  costs: Record<string, UnitCost[]>
}

export interface ScaleInit {
  setups: readonly Setup[]
  rounds: number
  /** Of each measurement. */
  seconds: number
  progress: (line: string) => void
}

interface RunningSetup {
  nodePids: number[]
  redisPids: number[]
  loads: LoadProcess[]
  result: ScaleResult
  stop(): Promise<void>
}

/** Measures what an operation costs with each setup, in turns. */
export async function runScale(
  { setups, rounds, seconds, progress }: ScaleInit,
  { signal }: AbortOptions = {}
): Promise<ScaleResult[]> {
  const running: RunningSetup[] = []

  await pinTo(LOAD_CORE, process.pid)

  try {
    for (const setup of setups) {
      signal?.throwIfAborted()
      progress(`starting ${describeSetup(setup)}`)
      running.push(await start(setup))
    }

    for (let round = 0; round < rounds; round++) {
      for (const operation of SCALE_OPERATIONS) {
        for (const each of running) {
          signal?.throwIfAborted()
          progress(
            `round ${round + 1} of ${rounds}: ${operation.name}, ${describeSetup(each.result.setup)}`
          )
          await take(each, operation, seconds)
        }
      }
    }

    return running.map(({ result }) => result)
  } finally {
    for (const each of running) {
      await each.stop()
    }
  }
}

export function describeSetup({ nodes, redis }: Setup): string {
  return `${nodes} node${nodes === 1 ? '' : 's'}, ${redis === 'cluster' ? 'Cluster of 3' : 'one Redis'}`
}

async function start(setup: Setup): Promise<RunningSetup> {
  const topology = await startTopology(setup.redis, await findRedisBinary())
  const stops: (() => Promise<unknown>)[] = [() => topology.stop()]

  async function stop(): Promise<void> {
    for (const each of stops.reverse()) {
      await each()
    }
  }

  try {
    const nodePids: number[] = []
    const loads: LoadProcess[] = []

    for (let index = 0; index < setup.nodes; index++) {
      const front = await startFrontProcess(
        { store: topology.url, protocols: 'waku,libp2p', ...UNBOUNDED },
        { nodeArgs: NODE_ARGS }
      )

      stops.push(() => front.kill('SIGTERM'))
      await pinTo(SERVER_CORE, front.pid)
      nodePids.push(front.pid)

      const load = await LoadProcess.start(
        { point: front.point, dialect: 'waku', recordKind: 'peer-record', ttlSeconds: 20 },
        {
          peers: PEERS,
          firstPeer: index * PEERS,
          namespaces: NAMESPACES,
          prefix: `/scale/${setup.redis}/${setup.nodes}/`
        }
      )

      stops.push(() => load.stop())
      await load.fill({ dialect: 'libp2p', ttlSeconds: 86_400 })
      loads.push(load)
    }

    const redisPids = (await primariesOf(topology)).map(({ pid }) => pid)

    return { nodePids, redisPids, loads, result: { setup, costs: {} }, stop }
  } catch (error) {
    await stop()

    throw error
  }
}

async function primariesOf(topology: RedisTopology): Promise<{ pid: number }[]> {
  const ports = new Set((await topology.primaries()).map(({ port }) => port))

  return topology.servers.filter(({ port }) => ports.has(port))
}

async function take(
  { nodePids, redisPids, loads, result }: RunningSetup,
  { name, scenario, limit, perSecond }: ScaleOperation,
  seconds: number
): Promise<void> {
  const run = (howLong: number) =>
    Promise.all(
      loads.map((load) =>
        load.run({
          do: 'run',
          ...{ scenario, limit, connections: PEERS, concurrency: PEERS / 2 },
          rate: perSecond,
          seconds: howLong
        })
      )
    )

  await run(WARM_UP_SECONDS)

  const before = { node: await sumOf(nodePids), redis: await sumOf(redisPids) }
  const runs = await run(seconds)
  const operations = runs.reduce((sum, each) => sum + each.operations, 0)
  const usEach = (from: number, to: number) => ((to - from) * 1_000_000) / Math.max(1, operations)
  const cost: UnitCost = {
    nodeUs: usEach(before.node, await sumOf(nodePids)),
    redisUs: usEach(before.redis, await sumOf(redisPids)),
    failed: runs.reduce((sum, each) => sum + each.failed, 0)
  }

  result.costs[name] = [...(result.costs[name] ?? []), cost]
}

async function sumOf(pids: readonly number[]): Promise<number> {
  const seconds = await Promise.all(pids.map(cpuSecondsOfThreads))

  return seconds.reduce((sum, each) => sum + each, 0)
}
