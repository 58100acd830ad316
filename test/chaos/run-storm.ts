import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import type { RedisBinary } from '../support/find-redis.ts'
import { CoreWait } from './core-wait.ts'
import { FaultWindows } from './fault-windows.ts'
import { FrontNodes } from './front-nodes.ts'
import { holdFault } from './hold-fault.ts'
import { type Delivered, HostilePeers } from './hostile-peers.ts'
import { ANSWER_MS, GIVE_UP_MS, Load, NAMESPACES, toPoint } from './load.ts'
import { pause } from './pause.ts'
import { type ProxiedTopology, startProxiedTopology } from './proxied-topology.ts'
import type { Outcome } from './registration-model.ts'
import { countFindings, forgeryFindings, loadFindings } from './storm-findings.ts'
import { planStorm, type StormPlan, type StormStep } from './storm-plan.ts'

const FRONT_NODES = 3

const DRAIN_SECONDS = 3

/** What a slow network of clients adds to the time of a request, of four ways there and back. */
const SLOW_NETWORK_MS = 1000

const LATE_MS = ANSWER_MS + SLOW_NETWORK_MS

/** So long after the last fault everything has to be well again. */
const PATIENCE_MS = 20_000

/** How long answers are looked at after that. */
const STRICT_MS = 3000

/** So many peers leave at a time, for longer than their registrations last. */
const LEAVING = { peers: 3, everyMs: 8000, forMs: 13_000 }

/** No fault begins so shortly before the end: most are over by then. */
const LAST_FAULT_MS = 8000

const PROGRESS_MS = 5000

export interface StormInit {
  binary: RedisBinary
  seed: number
  seconds: number
  progress: (line: string) => void
}

export interface StormRun {
  seed: number
  topology: StormPlan['topology']
  seconds: number
  /** How often each fault was begun. */
  faults: Record<string, number>
  /** Most faults that lasted at the same time. */
  faultsAtOnceMax: number
  requests: number
  outcomes: Record<Outcome, number>
  /** Streams and connections that ended instead of an answer; the requests were sent again. */
  sentAgain: number
  /** Answers that took too long; a finding unless that is the time in which no core was free. */
  late: number
  registrationsChecked: number
  hostile: Delivered
  /** By what it is; empty where all requirements are met. */
  findings: Record<string, number>
  /** The first of each, for people. */
  examples: string[]
}

/**
 * Front nodes under load and under attack while faults of all kinds overlap.
 *
 * @throws Error if something broke down that is not to be measured
 */
export async function runStorm(init: StormInit): Promise<StormRun> {
  const random = seededRandom(init.seed)
  const plan = planStorm({ seed: init.seed, random, nodes: FRONT_NODES })
  const redis = await startProxiedTopology(plan.topology, init.binary)
  const storm = new Storm(init, plan, redis, random)

  try {
    return await storm.run()
  } finally {
    await storm.stop()
    await redis.stop()
  }
}

class Storm {
  readonly #init: StormInit
  readonly #plan: StormPlan
  readonly #redis: ProxiedTopology
  readonly #windows = new FaultWindows()
  readonly #load: Load
  readonly #coreWait: CoreWait
  readonly #failures: string[] = []
  readonly #broken = new AbortController()
  readonly #faults: Record<string, number> = {}
  readonly #lasting = new Set<string>()
  #faultsAtOnceMax = 0
  #nodes?: FrontNodes
  #hostile?: HostilePeers

  constructor(init: StormInit, plan: StormPlan, redis: ProxiedTopology, random: () => number) {
    this.#init = init
    this.#plan = plan
    this.#redis = redis
    this.#load = new Load({
      random,
      windows: this.#windows,
      answerMs: LATE_MS
    })
    this.#coreWait = new CoreWait(() => [
      ...(this.#nodes?.fronts ?? []).map(({ pid }) => pid),
      process.pid
    ])
  }

  async run(): Promise<StormRun> {
    const { seconds, progress } = this.#init
    const stopped = this.#broken.signal
    const nodes = await this.#startNodes()

    await this.#load.start(nodes.proxiedPoints.map(toPoint))

    if (!(await this.#load.recovered(PATIENCE_MS))) {
      throw new Error('the front nodes do not serve, before anything is done to them')
    }

    this.#hostile = await HostilePeers.start({
      points: nodes.points,
      attacks: this.#plan.attacks,
      namespaces: NAMESPACES,
      answerMs: GIVE_UP_MS,
      onFailure: (error) => this.#broken.abort(error)
    })

    this.#coreWait.start()

    const endsAtMs = performance.now() + seconds * 1000
    const ticker = setInterval(() => progress(this.#describe(endsAtMs)), PROGRESS_MS)
    const leaver = setInterval(
      () => this.#load.leave(LEAVING.peers, LEAVING.forMs),
      LEAVING.everyMs
    )

    try {
      await Promise.all(
        this.#plan.lanes.map((lane) => this.#runLane(lane, endsAtMs - LAST_FAULT_MS, stopped))
      )
      await pause(endsAtMs - performance.now(), stopped)
      await this.#settle(stopped)
    } finally {
      clearInterval(ticker)
      clearInterval(leaver)
    }

    return this.#figures()
  }

  async stop(): Promise<void> {
    this.#coreWait.stop()
    await this.#hostile?.stop()
    await this.#load.stop()
    await this.#nodes?.stop()
  }

  async #startNodes(): Promise<FrontNodes> {
    this.#nodes = await FrontNodes.start({
      count: FRONT_NODES,
      flags: {
        ...this.#redis.flags,
        'drain-seconds': String(DRAIN_SECONDS),
        // Attackers have addresses of their own.
        'limit-private-sources': 'true',
        'log-level': 'error'
      },
      onFailure: (problem) => this.#failures.push(problem)
    })

    return this.#nodes
  }

  async #runLane(
    steps: readonly StormStep[],
    untilMs: number,
    stopped: AbortSignal
  ): Promise<void> {
    for (const step of steps) {
      await pause(step.pauseMs, stopped)

      if (performance.now() > untilMs) {
        return
      }

      await this.#fail(step, stopped)
    }
  }

  async #fail({ fault, node }: StormStep, stopped: AbortSignal): Promise<void> {
    this.#faults[fault.name] = (this.#faults[fault.name] ?? 0) + 1
    this.#lasting.add(fault.name)
    this.#faultsAtOnceMax = Math.max(this.#faultsAtOnceMax, this.#lasting.size)
    await holdFault({
      fault,
      node,
      ground: { redis: this.#redis, nodes: this.#nodes as FrontNodes },
      windows: this.#windows,
      signal: stopped
    })
    this.#lasting.delete(fault.name)
  }

  async #settle(stopped: AbortSignal): Promise<void> {
    if (!(await this.#load.recovered(PATIENCE_MS))) {
      this.#failures.push(`requests still fail ${PATIENCE_MS / 1000} s after the last fault`)
    }

    stopped.throwIfAborted()
    await this.#load.refreshed()
    await pause(STRICT_MS, stopped)

    for (const node of (await this.#nodes?.withoutStore()) ?? []) {
      this.#failures.push(`front node ${node} has no store long after the last fault`)
    }
  }

  #figures(): StormRun {
    const { seed, seconds } = this.#init
    const { tallies, closes, registrationsChecked } = this.#load
    const outcomes = { ok: 0, refused: 0, closed: 0, unanswered: 0, other: 0 }

    for (const { outcome } of tallies) {
      outcomes[outcome]++
    }

    const hostile = this.#hostile?.delivered ?? { attacks: {}, forgeries: {} }
    return {
      seed,
      topology: this.#plan.topology,
      seconds,
      faults: this.#faults,
      faultsAtOnceMax: this.#faultsAtOnceMax,
      requests: tallies.length,
      outcomes,
      sentAgain: closes.length,
      late: this.#load.lates.length,
      registrationsChecked,
      hostile,
      ...countFindings([
        ...loadFindings({
          load: this.#load,
          windows: this.#windows,
          answerMs: LATE_MS,
          waitedMs: (late) => this.#coreWait.waitedByBothMs(late, FRONT_NODES)
        }),
        ...forgeryFindings(hostile.forgeries),
        ...this.#failures.map((detail) => ({ what: 'process', detail }))
      ])
    }
  }

  #describe(endsAtMs: number): string {
    const { seed, seconds } = this.#init
    const leftMs = Math.max(0, endsAtMs - performance.now())
    const { tallies, findings } = this.#load

    return (
      `seed ${seed}, ${this.#plan.topology}: ${(seconds - leftMs / 1000).toFixed(0)} of ${seconds} s, ` +
      `${tallies.length} requests, ${findings.length + this.#failures.length} findings; ` +
      `now: ${[...this.#lasting].join(', ') || 'no fault'}`
    )
  }
}
