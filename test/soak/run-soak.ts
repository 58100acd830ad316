import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { CoreWait } from '../chaos/core-wait.ts'
import { FaultWindows } from '../chaos/fault-windows.ts'
import { FrontNodes } from '../chaos/front-nodes.ts'
import { holdFault } from '../chaos/hold-fault.ts'
import { type Delivered, HostilePeers } from '../chaos/hostile-peers.ts'
import { ANSWER_MS, GIVE_UP_MS, Load, NAMESPACES, toPoint } from '../chaos/load.ts'
import { pause } from '../chaos/pause.ts'
import { type ProxiedTopology, startProxiedTopology } from '../chaos/proxied-topology.ts'
import { type StormFault, stormFaults } from '../chaos/storm-faults.ts'
import { countFindings, forgeryFindings, loadFindings } from '../chaos/storm-findings.ts'
import type { RedisBinary } from '../support/find-redis.ts'
import { findFreePort } from '../support/redis-server.ts'
import type { AttackName } from '../withstand/attacks/attacks.ts'
import { Churn } from './churn.ts'
import { type Sample, Sampler } from './sampler.ts'
import { calmSamples, type Growth, growthsOf, type SoakFault } from './soak-figures.ts'

/** With replicas: a primary that is killed takes no keys along, so that their number can be compared. */
const TOPOLOGY = 'sentinel'

const FRONT_NODES = 3

/** What is idle goes within a minute, and what leaks by that shows sooner. */
const IDLE_CONNECTION_SECONDS = 30

/**
 * Those that open and end something all the time, at the nodes by turns. Idle connections are left out:
 * how many there are goes up and down by more than what is looked for.
 */
const ATTACKS: readonly AttackName[] = [
  'connection-flood',
  'never-read',
  'register-namespaces',
  'oversized',
  'unused-streams',
  'reset-after-reply',
  'half-handshakes'
]

const SAMPLE_MS = 10_000

/** A fault at the beginning of each; what is left of it is calm. */
const CYCLE_MS = { short: 60_000, long: 120_000 }

/** From this length on cycles are long. */
const LONG_MINUTES = 20

/** Before the first sample, in milliseconds: everybody has come by then. */
const GATHER_MS = 5000

const PATIENCE_MS = 20_000

/** So many peers of the load leave at a time, for longer than their registrations last. */
const LEAVING = { peers: 3, everyMs: 8000, forMs: 13_000 }

export interface SoakInit {
  binary: RedisBinary
  minutes: number
  progress: (line: string) => void
}

export interface SoakRun {
  minutes: number
  fromMs: number
  toMs: number
  samples: Sample[]
  faults: SoakFault[]
  growths: Growth[]
  requests: number
  /** Answers that took too long; a finding unless that is the time in which no core was free. */
  late: number
  registrationsChecked: number
  churn: Readonly<Record<string, number>>
  hostile: Delivered
  /** By what it is; empty where all requirements are met. */
  findings: Record<string, number>
  /** The first of each, for people. */
  examples: string[]
}

/**
 * Front nodes under a mixed load for long, with faults of Redis now and then, and what they hold.
 *
 * @throws Error if something broke down that is not to be measured
 */
export async function runSoak(init: SoakInit): Promise<SoakRun> {
  const redis = await startProxiedTopology(TOPOLOGY, init.binary)
  const soak = new Soak(init, redis)

  try {
    return await soak.run()
  } finally {
    await soak.stop()
    await redis.stop()
  }
}

class Soak {
  readonly #init: SoakInit
  readonly #redis: ProxiedTopology
  readonly #random = seededRandom(1)
  readonly #windows = new FaultWindows()
  readonly #load = new Load({ random: this.#random, windows: this.#windows })
  readonly #coreWait: CoreWait
  readonly #samples: Sample[] = []
  readonly #faults: SoakFault[] = []
  readonly #failures: string[] = []
  readonly #broken = new AbortController()
  #fromMs = 0
  #nodes?: FrontNodes
  #sampler?: Sampler
  #churn?: Churn
  #hostile?: HostilePeers

  constructor(init: SoakInit, redis: ProxiedTopology) {
    this.#init = init
    this.#redis = redis
    this.#coreWait = new CoreWait(() => [
      ...(this.#nodes?.fronts ?? []).map(({ pid }) => pid),
      process.pid
    ])
  }

  async run(): Promise<SoakRun> {
    const stopped = this.#broken.signal
    const nodes = await this.#startNodes()

    await this.#load.start(nodes.proxiedPoints.map(toPoint))

    if (!(await this.#load.recovered(PATIENCE_MS))) {
      throw new Error('the front nodes do not serve, before anything is done to them')
    }

    this.#churn = new Churn({
      points: nodes.points.map(toPoint),
      random: this.#random,
      answerMs: GIVE_UP_MS
    })
    this.#churn.start()
    this.#hostile = await HostilePeers.start({
      points: nodes.points,
      attacks: ATTACKS,
      namespaces: NAMESPACES,
      answerMs: GIVE_UP_MS,
      onFailure: (error) => this.#broken.abort(error)
    })
    this.#coreWait.start()
    await pause(GATHER_MS, stopped)
    this.#fromMs = performance.now()

    const toMs = this.#fromMs + this.#init.minutes * 60_000
    const leaver = setInterval(
      () => this.#load.leave(LEAVING.peers, LEAVING.forMs),
      LEAVING.everyMs
    )

    try {
      await Promise.all([this.#keepSampling(toMs, stopped), this.#keepFailing(toMs, stopped)])
    } catch (error) {
      // A node that is gone is what the run is about.
      if (this.#failures.length === 0) {
        throw error
      }
    } finally {
      clearInterval(leaver)
    }

    await this.#churn.stop()

    return this.#figures()
  }

  async stop(): Promise<void> {
    this.#coreWait.stop()
    this.#sampler?.close()
    await this.#hostile?.stop()
    await this.#churn?.stop()
    await this.#load.stop()
    await this.#nodes?.stop()
  }

  async #startNodes(): Promise<FrontNodes> {
    const inspectPorts = await Promise.all(
      Array.from({ length: FRONT_NODES }, () => findFreePort())
    )
    const nodes = await FrontNodes.start({
      count: FRONT_NODES,
      flags: {
        ...this.#redis.flags,
        'idle-connection-seconds': String(IDLE_CONNECTION_SECONDS),
        // Attackers have addresses of their own.
        'limit-private-sources': 'true',
        'log-level': 'error'
      },
      // Without a word on standard error, where a front node writes nothing.
      nodeArgs: (index) => [
        `--inspect=127.0.0.1:${inspectPorts[index]}`,
        '--inspect-publish-uid=http'
      ],
      onFailure: (problem) => {
        this.#failures.push(problem)
        this.#broken.abort(new Error(problem))
      }
    })

    this.#nodes = nodes
    this.#sampler = await Sampler.connect(nodes, this.#redis.topology, inspectPorts)

    return nodes
  }

  async #keepSampling(toMs: number, stopped: AbortSignal): Promise<void> {
    for (let dueMs = this.#fromMs; dueMs <= toMs; dueMs += SAMPLE_MS) {
      await pause(dueMs - performance.now(), stopped)

      const sample = await (this.#sampler as Sampler).sample()

      this.#samples.push(sample)
      this.#init.progress(this.#describe(sample))
    }
  }

  /** One after the other, every kind as often as any other; none in the last, shorter cycle. */
  async #keepFailing(toMs: number, stopped: AbortSignal): Promise<void> {
    const cycleMs = this.#init.minutes >= LONG_MINUTES ? CYCLE_MS.long : CYCLE_MS.short
    const faults = stormFaults(TOPOLOGY).filter(
      ({ target }) => target === 'Redis' || target === 'way to Redis'
    )

    for (let cycle = 0; this.#fromMs + (cycle + 1) * cycleMs <= toMs; cycle++) {
      await pause(this.#fromMs + cycle * cycleMs - performance.now(), stopped)
      await this.#fail(faults[cycle % faults.length] as StormFault, stopped)
    }
  }

  async #fail(fault: StormFault, stopped: AbortSignal): Promise<void> {
    const lasting = {
      name: fault.name,
      fromMs: performance.now(),
      toMs: Number.POSITIVE_INFINITY
    }

    this.#faults.push(lasting)
    await holdFault({
      fault,
      node: 0,
      ground: { redis: this.#redis, nodes: this.#nodes as FrontNodes },
      windows: this.#windows,
      signal: stopped
    })
    lasting.toMs = performance.now()
  }

  #figures(): SoakRun {
    const run = { fromMs: this.#fromMs, toMs: performance.now() }
    const growths = this.#failures.length > 0 ? [] : growthsOf(this.#samples, this.#faults, run)
    const hostile = this.#hostile?.delivered ?? { attacks: {}, forgeries: {} }

    return {
      minutes: this.#init.minutes,
      ...run,
      samples: this.#samples,
      faults: this.#faults,
      growths,
      requests: this.#load.tallies.length,
      late: this.#load.lates.length,
      registrationsChecked: this.#load.registrationsChecked,
      churn: this.#churn?.counts ?? {},
      hostile,
      ...countFindings([
        ...loadFindings({
          load: this.#load,
          windows: this.#windows,
          answerMs: ANSWER_MS,
          waitedMs: (late) => this.#coreWait.waitedByBothMs(late, FRONT_NODES)
        }),
        ...forgeryFindings(hostile.forgeries),
        ...(this.#churn?.problems ?? []).map((detail) => ({ what: 'churn', detail })),
        ...this.#failures.map((detail) => ({ what: 'process', detail })),
        ...calmSamples(this.#samples, this.#faults).flatMap(({ atMs, withoutStore }) =>
          withoutStore.map((node) => ({
            what: 'store',
            detail: `node ${node} has none after ${((atMs - run.fromMs) / 1000).toFixed(0)} s, and nothing is broken`
          }))
        ),
        ...growths
          .filter(({ isTooMuch }) => isTooMuch)
          .map(({ what, percent }) => ({
            what: 'growth',
            detail: `${what}: ${percent.toFixed(1)} %`
          }))
      ])
    }
  }

  #describe({ atMs, nodes, redisKeys }: Sample): string {
    const minutes = ((atMs - this.#fromMs) / 60_000).toFixed(1)
    const heaps = nodes.map(({ heapBytes }) => (heapBytes / 2 ** 20).toFixed(1)).join(', ')
    const sockets = nodes.map((node) => node.sockets.toFixed(0)).join(', ')
    const lasting = this.#faults.find(({ toMs }) => toMs === Number.POSITIVE_INFINITY)
    const problems =
      this.#load.findings.length + this.#failures.length + (this.#churn?.problems.length ?? 0)

    return (
      `${minutes} of ${this.#init.minutes} min: heaps ${heaps} MiB, sockets ${sockets}, ` +
      `${redisKeys?.toFixed(0) ?? '?'} keys; ${this.#load.tallies.length} requests, ${problems} findings; ` +
      `now: ${lasting?.name ?? 'no fault'}`
    )
  }
}
