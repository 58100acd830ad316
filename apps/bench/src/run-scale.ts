import type { AbortOptions } from '@libp2p/interface'
import { startFrontProcess } from '../../../test/interop/support/front-process.ts'
import { askRedis } from '../../../test/support/ask-redis.ts'
import { findRedisBinary } from '../../../test/support/find-redis.ts'
import { pinTo } from '../../../test/support/pin-to.ts'
import { startTopology } from '../../../test/support/redis-topology.ts'
import { LOAD_CORE, SERVER_CORE } from './cores.ts'
import type { Lasting, Scenario } from './load/load-request.ts'
import { LoadProcess } from './load/start-load.ts'
import { cpuSecondsOfThreads } from './process-usage.ts'
import { NODE_ARGS, UNBOUNDED } from './servers/our-server.ts'

/** At one node, each in every namespace. */
export const PEERS = 200

export const NAMESPACES = 5

/** Longer than any measurement takes. */
const STAYS: Lasting = { dialect: 'libp2p', ttlSeconds: 86_400 }

/** Of each measurement, before it: caches are cold after the others' turns. */
const WARM_UP_SECONDS = 1

/** How many nodes on which Redis. */
export interface Setup {
  nodes: number
  redis: 'standalone' | 'cluster'
}

/**
 * What each node is asked, and how often: the same however many nodes there are. An operation costs less the busier a
 * node and Redis are, so each takes about as much of a core as the mixture does; and refreshes, which it has most of, are as
 * many scripts of Redis.
 */
export interface ScaleOperation {
  name: string
  scenario: Scenario
  limit: number
  perSecond: number
}

export const SCALE_OPERATIONS: readonly ScaleOperation[] = [
  { name: 'refresh', scenario: 'refresh', limit: 0, perSecond: 190 },
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
  /** Scripts that Redis ran, for one operation. */
  scripts: number
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
  primaries: readonly { pid: number; url: string }[]
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
      await load.fill(STAYS)
      loads.push(load)
    }

    const primaries = await topology.primaries()

    return { nodePids, primaries, loads, result: { setup, costs: {} }, stop }
  } catch (error) {
    await stop()

    throw error
  }
}

async function take(
  running: RunningSetup,
  { name, scenario, limit, perSecond }: ScaleOperation,
  seconds: number
): Promise<void> {
  const { loads, result } = running
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

  const before = await usageOf(running)
  const runs = await run(seconds)
  const after = await usageOf(running)
  const operations = runs.reduce((sum, each) => sum + each.operations, 0)
  const each = (of: keyof Usage) => (after[of] - before[of]) / Math.max(1, operations)
  const cost: UnitCost = {
    nodeUs: each('nodeSeconds') * 1_000_000,
    redisUs: each('redisSeconds') * 1_000_000,
    scripts: each('scripts'),
    failed: runs.reduce((sum, one) => sum + one.failed, 0)
  }

  result.costs[name] = [...(result.costs[name] ?? []), cost]
  await Promise.all(loads.map((load) => load.restore(STAYS)))
}

/** Of all nodes and of all primaries since they started. */
interface Usage {
  nodeSeconds: number
  redisSeconds: number
  scripts: number
}

async function usageOf({ nodePids, primaries }: RunningSetup): Promise<Usage> {
  const [nodeSeconds, redisSeconds, scripts] = await Promise.all([
    sumOf(nodePids.map(cpuSecondsOfThreads)),
    sumOf(primaries.map(({ pid }) => cpuSecondsOfThreads(pid))),
    sumOf(primaries.map(scriptsOf))
  ])

  return { nodeSeconds, redisSeconds, scripts }
}

async function scriptsOf(primary: { url: string }): Promise<number> {
  const stats = String(await askRedis(primary, 'INFO', 'commandstats'))

  return [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce(
    (sum, [, calls]) => sum + Number(calls),
    0
  )
}

async function sumOf(values: Promise<number>[]): Promise<number> {
  return (await Promise.all(values)).reduce((sum, each) => sum + each, 0)
}
