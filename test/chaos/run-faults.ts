import { setTimeout as delay } from 'node:timers/promises'
import { startFrontProcess } from '../interop/support/front-process.ts'
import type { RedisBinary } from '../support/find-redis.ts'
import type { Fault } from './faults.ts'
import { Load, type LoadFinding, toPoint } from './load.ts'
import { startProxiedTopology } from './proxied-topology.ts'
import type { Outcome } from './registration-model.ts'

const FRONT_NODES = 3

/** What is waited for the front nodes, beyond what they are allowed, before a run is given up. */
const PATIENCE_MS = 20_000

/** How long answers are checked once everybody has refreshed. */
const STRICT_MS = 4000

export interface FaultRun {
  topology: string
  fault: string
  requests: number
  outcomes: Record<Outcome, number>
  connectionsClosed: number
  /** From the beginning of the fault to the last request that failed, in milliseconds. */
  recoveryMs: number
  recoversWithinMs: number
  /** Registrations missing in an answer between the fault and one refresh: lost with a primary. */
  lostBeforeRefresh: number
  /** What was wrong in answers before the fault, and after one refresh. */
  wrong: Partial<Record<LoadFinding['finding'], number>>
  isPassed: boolean
}

/** Runs faults one after the other on one topology, with front nodes and load on top of it. */
export async function* runFaults(
  binary: RedisBinary,
  faults: readonly Fault[],
  random: () => number
): AsyncGenerator<FaultRun> {
  const kind = (faults[0] as Fault).topology
  const redis = await startProxiedTopology(kind, binary)
  const fronts = await Promise.all(
    Array.from({ length: FRONT_NODES }, () => startFrontProcess(redis.flags))
  )
  const load = new Load({ random })

  try {
    await load.start(fronts.map(({ point }) => toPoint(point)))
    await load.recovered(PATIENCE_MS)

    for (const fault of faults) {
      yield await runFault(fault, redis, load)
    }
  } finally {
    await load.stop()
    await Promise.all(fronts.map((front) => front.kill()))
    await redis.stop()
  }
}

async function runFault(
  fault: Fault,
  redis: Awaited<ReturnType<typeof startProxiedTopology>>,
  load: Load
): Promise<FaultRun> {
  const beforeMs = performance.now()
  const closedBefore = load.connectionsClosed

  await delay(STRICT_MS / 2)
  load.leave(2)

  const faultAtMs = performance.now()
  const end = await fault.begin(redis)

  await delay(fault.lastsMs)
  await end()

  const hasRecovered = await load.recovered(PATIENCE_MS)

  await load.refreshed()

  const strictAtMs = performance.now()

  await delay(STRICT_MS)

  const tallies = load.tallies.filter(({ atMs }) => atMs > beforeMs)
  const failed = tallies.filter(({ outcome }) => outcome !== 'ok')
  const outcomes = { ok: 0, refused: 0, closed: 0, unanswered: 0, other: 0 }

  for (const { outcome } of tallies) {
    outcomes[outcome]++
  }

  const wrong: FaultRun['wrong'] = {}

  for (const { atMs, finding } of load.findings) {
    if ((atMs > beforeMs && atMs < faultAtMs) || atMs > strictAtMs) {
      wrong[finding] = (wrong[finding] ?? 0) + 1
    }
  }

  const recoveryMs = Math.max(0, ...failed.map(({ atMs }) => atMs - faultAtMs))
  const connectionsClosed = load.connectionsClosed - closedBefore

  outcomes.unanswered += load.lates.filter(({ sentAtMs }) => sentAtMs > beforeMs).length
  // Whether or not another point has answered then: no front node is ended here.
  outcomes.closed += load.closes.filter(({ sentAtMs }) => sentAtMs > beforeMs).length

  return {
    topology: fault.topology,
    fault: fault.name,
    requests: tallies.length,
    outcomes,
    connectionsClosed,
    recoveryMs,
    recoversWithinMs: fault.recoversWithinMs,
    lostBeforeRefresh: load.findings.filter(
      ({ atMs, finding }) => finding === 'lost' && atMs >= faultAtMs && atMs <= strictAtMs
    ).length,
    wrong,
    isPassed:
      hasRecovered &&
      recoveryMs <= fault.recoversWithinMs &&
      Object.keys(wrong).length === 0 &&
      outcomes.unanswered + outcomes.closed + outcomes.other + connectionsClosed === 0
  }
}
