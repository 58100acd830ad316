import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { AbortOptions } from '@libp2p/interface'
import { type FrontProcess, startFrontProcess } from '../interop/support/front-process.ts'
import { JsonProcess } from '../interop/support/json-process.ts'
import type { RedisBinary } from '../support/find-redis.ts'
import { pinTo } from '../support/pin-to.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import type { AttackName } from './attacks/attacks.ts'
import { DISCOVER_RECORDS, fillNamespace } from './fill-namespace.ts'
import { NodeUsage } from './node-usage.ts'
import type { PopulationLine } from './population-line.ts'

const POPULATION = fileURLToPath(new URL('population-process.ts', import.meta.url))
const ATTACK = fileURLToPath(new URL('attack-process.ts', import.meta.url))

/** The node has this core to itself; everything else shares the other. */
const NODE_CORE = 0
const OTHER_CORE = 1

/** Between the attack's own processor and the population's, which share a core, the latter wins. */
const ATTACK_NICENESS = 19

/** Beside what there was without attack, this is quick enough: in milliseconds. */
const QUICK_MS = 50

/** Times as slow as without attack. */
const SLOWER_MAX = 3

/** After the population has come, in milliseconds. */
const SETTLE_MS = 2000

const ATTACK_READY_MS_MAX = 90_000

/** Between the end of an attack's window and that of the attack: all answers are in by then. */
const AFTER_MS = 4500

type AttackLine =
  | { event: 'ready'; atMs: number }
  | { event: 'delivered'; atMs: number; delivered: Record<string, number> }

/** What well behaved peers saw in a stretch of time. */
export interface Seen {
  requests: number
  lost: number
  p50Ms: number
  p99Ms: number
  /** Of peers that came anew. */
  newcomers: { requests: number; lost: number; slowestMs: number }
  /** Why requests were lost, each reason once. */
  reasons: string[]
}

export interface AttackRun {
  attack: AttackName
  seconds: number
  before: Seen
  during: Seen
  /** What the attackers have delivered, per second. */
  delivered: Record<string, number>
  /** Of the node during the attack. */
  node: { cpu: number; mibMax: number; isAlive: boolean }
  /** What the node has refused during the attack, by reason. */
  rejected: Record<string, number>
}

export interface AttackInit {
  attack: AttackName
  seconds: number
  /** Default: registrations are kept in memory. */
  redis?: RedisBinary
}

/**
 * Runs one attack against a new node.
 *
 * @throws Error if something broke down that is not to be measured, or the signal's reason
 */
export async function runAttack(
  init: AttackInit,
  { signal }: AbortOptions = {}
): Promise<AttackRun> {
  const started: { stop(): unknown }[] = []

  try {
    // With this process come those that it starts.
    await pinTo(OTHER_CORE, process.pid)

    const server = init.redis == null ? undefined : await startRedisServer({ binary: init.redis })

    started.push({ stop: () => server?.stop() })

    const node = await startNode(server)

    started.push({ stop: () => node.kill() })

    return await attack(init, node, started, signal)
  } finally {
    for (const each of started.reverse()) {
      await each.stop()
    }
  }
}

async function startNode(server: RedisServer | undefined): Promise<FrontProcess> {
  const node = await startFrontProcess(
    {
      store: server?.url ?? 'memory:',
      'limit-private-sources': 'true',
      'log-level': 'error'
    },
    // As the image starts it.
    { nodeArgs: ['--v8-pool-size=1'] }
  )

  await pinTo(NODE_CORE, node.pid)

  return node
}

async function attack(
  { attack, seconds }: AttackInit,
  node: FrontProcess,
  started: { stop(): unknown }[],
  signal: AbortSignal = new AbortController().signal
): Promise<AttackRun> {
  await fillNamespace(node.point, DISCOVER_RECORDS)

  const population = start<PopulationLine>(POPULATION, { point: node.point }, started)

  await population.first((line): line is PopulationLine => line.event === 'ready')
  await delay(SETTLE_MS, undefined, { signal })

  const before = { fromMs: Date.now(), toMs: Date.now() + (seconds * 1000) / 2 }

  await delay(before.toMs - before.fromMs, undefined, { signal })

  const usage = new NodeUsage(node)
  const attackers = start<AttackLine>(ATTACK, { point: node.point, attack }, started)

  await readyWithin(attackers, ATTACK_READY_MS_MAX)
  await usage.start()

  const during = { fromMs: Date.now(), toMs: Date.now() + seconds * 1000 }

  await delay(during.toMs - during.fromMs, undefined, { signal })

  const { cpu, mibMax, rejected } = await usage.stop()

  await delay(AFTER_MS, undefined, { signal })

  return {
    attack,
    seconds,
    before: seenBetween(population.lines, before),
    during: seenBetween(population.lines, during),
    delivered: deliveredBetween(attackers.lines, during),
    node: { cpu, mibMax, isAlive: await isServing(node) },
    rejected
  }
}

function start<Line>(
  file: string,
  flags: Record<string, string>,
  started: { stop(): unknown }[]
): JsonProcess<Line> {
  const nice = file === ATTACK ? ['nice', '-n', String(ATTACK_NICENESS)] : []
  const [command, ...args] = [
    ...nice,
    process.execPath,
    file,
    ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  ]
  const child = new JsonProcess<Line>(command as string, args)

  started.push({ stop: () => child.kill() })

  return child
}

async function readyWithin(attackers: JsonProcess<AttackLine>, ms: number): Promise<void> {
  const timer = new AbortController()

  try {
    await Promise.race([
      attackers.first((line): line is AttackLine & { event: 'ready' } => line.event === 'ready'),
      delay(ms, undefined, { signal: timer.signal }).then(() => {
        throw new Error(`the attack has not begun within ${ms / 1000} s: ${attackers.stderr}`)
      })
    ])
  } finally {
    timer.abort()
  }
}

async function isServing({ sidecar }: FrontProcess): Promise<boolean> {
  return fetch(`${sidecar}/livez`, { signal: AbortSignal.timeout(5000) }).then(
    ({ ok }) => ok,
    () => false
  )
}

interface Stretch {
  fromMs: number
  toMs: number
}

function seenBetween(lines: readonly PopulationLine[], { fromMs, toMs }: Stretch): Seen {
  const requests = lines.flatMap((line) =>
    line.event === 'request' && line.atMs >= fromMs && line.atMs < toMs ? [line] : []
  )
  const newcomers = requests.filter(({ kind }) => kind === 'connect and register')
  const members = requests.filter(({ kind }) => kind !== 'connect and register')
  const times = members.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const reasons = requests.flatMap(({ kind, lost }) => (lost == null ? [] : `${kind}: ${lost}`))

  return {
    requests: members.length,
    lost: members.filter(({ lost }) => lost != null).length,
    p50Ms: times[Math.floor(times.length * 0.5)] ?? 0,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
    newcomers: {
      requests: newcomers.length,
      lost: newcomers.filter(({ lost }) => lost != null).length,
      slowestMs: Math.max(0, ...newcomers.map(({ tookMs }) => tookMs))
    },
    reasons: [...new Set(reasons)]
  }
}

/** Per second; told once a second, so the window is that between the first and the last. */
function deliveredBetween(
  lines: readonly AttackLine[],
  { fromMs, toMs }: Stretch
): Record<string, number> {
  const told = lines.flatMap((line) =>
    line.event === 'delivered' && line.atMs >= fromMs && line.atMs < toMs ? [line] : []
  )
  const [first, last] = [told[0], told.at(-1)]

  if (first == null || last == null || first === last) {
    return {}
  }

  const seconds = (last.atMs - first.atMs) / 1000

  return Object.fromEntries(
    Object.entries(last.delivered).map(([what, count]) => [
      what,
      (count - (first.delivered[what] ?? 0)) / seconds
    ])
  )
}

/** What was not as it has to be; nothing where all is well. */
export function brokenRequirements({ before, during, node }: AttackRun): string[] {
  const allowedMs = Math.max(SLOWER_MAX * before.p99Ms, QUICK_MS)
  const lost = during.lost + during.newcomers.lost

  return [
    ...(node.isAlive ? [] : ['the node does not serve any more']),
    ...(lost > 0 ? [`${lost} requests lost: ${during.reasons.join('; ')}`] : []),
    ...(during.p99Ms > allowedMs
      ? [`p99 of ${during.p99Ms.toFixed(0)} ms, allowed ${allowedMs.toFixed(0)} ms`]
      : []),
    ...(during.requests === 0 || before.requests === 0 ? ['nothing was asked'] : [])
  ]
}
