import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { AbortOptions } from '@libp2p/interface'
import type { RedisBinary } from '../support/find-redis.ts'
import { ClusterUnderTest } from './cluster-under-test.ts'
import { figuresOf, type Observation, type Stretch, type StretchFigures } from './figures.ts'
import { Load } from './load.ts'
import type { LoadEvent } from './load-event.ts'
import { Observer } from './observer.ts'
import type { Plan, Replacement } from './plan.ts'
import { PresenceChecker } from './presence-checker.ts'

export const FRONT_NODES = 3

/** Of every registration, in seconds: the most that Go peers are given. */
export const TTL_SECONDS = 20

/** Within this time a front node answers, by default. */
const REQUEST_DEADLINE_MS = 3000

/** After the deadline and a second, a request is unanswered. */
const UNANSWERED_AFTER_MS = REQUEST_DEADLINE_MS + 1000

/** Peers of ours in one process: few enough that it answers in time on a shared core. */
const PEERS_PER_PROCESS = 112

/** What the start of all peers may take, in milliseconds. */
const GATHER_MS_MAX = 180_000
const GATHER_POLL_MS = 100

const PROGRESS_MS = 5000

export interface RollingInit {
  plan: Plan
  redis: RedisBinary
  peers: number
  goPeers: number
  goPath?: string
  discoveriesPerSecond: number
  progress: (line: string) => void
}

export interface RollingRun {
  figures: StretchFigures[]
  peers: number
  goPeers: number
  discoveriesPerSecond: number
  drainSeconds: number
  gatherSeconds: number
}

/**
 * Replaces every node of a cluster under load, one after the other, and tells what that did.
 *
 * @throws Error if something broke down that is not to be measured, or the signal's reason
 */
export async function runRolling(
  init: RollingInit,
  { signal }: AbortOptions = {}
): Promise<RollingRun> {
  const { plan, redis } = init
  const startedAtMs = performance.now()
  const cluster = await ClusterUnderTest.start({
    redis,
    nodes: FRONT_NODES,
    drainSeconds: plan.drainSeconds,
    requestDeadlineMs: REQUEST_DEADLINE_MS
  })
  const run = new Run(init, cluster)

  try {
    signal?.throwIfAborted()
    await run.gather(signal)

    const gatherSeconds = (performance.now() - startedAtMs) / 1000
    const stretches = await run.replaceAll(signal)

    return { ...run.figures(stretches), gatherSeconds }
  } finally {
    await run.stop()
    await cluster.stop()
  }
}

class Run {
  readonly #init: RollingInit
  readonly #cluster: ClusterUnderTest
  readonly #checker = new PresenceChecker()
  readonly #events: LoadEvent[] = []
  readonly #observations: Observation[] = []
  readonly #namespace = `/rolling/${randomUUID()}`
  readonly #failed = new AbortController()
  readonly #load: Load
  #observer?: Observer

  constructor(init: RollingInit, cluster: ClusterUnderTest) {
    this.#init = init
    this.#cluster = cluster
    this.#load = new Load({
      points: cluster.nodes.map(({ point }) => point),
      namespace: this.#namespace,
      peers: init.peers - init.goPeers,
      processes: Math.ceil((init.peers - init.goPeers) / PEERS_PER_PROCESS),
      goPeers: init.goPeers,
      goPath: init.goPath,
      ttlSeconds: TTL_SECONDS,
      discoveriesPerSecond: init.discoveriesPerSecond,
      unansweredAfterMs: UNANSWERED_AFTER_MS,
      onEvent: (event) => this.#take(event),
      onFailure: (error) => this.#failed.abort(error)
    })
  }

  /** Waits until all peers have registered, and begins to look. */
  async gather(signal?: AbortSignal): Promise<void> {
    const { peers, progress } = this.#init
    const stopped = this.#stoppedBy(signal)
    const deadlineMs = performance.now() + GATHER_MS_MAX
    let toldAtMs = performance.now()

    while (this.#checker.size < peers) {
      await delay(GATHER_POLL_MS)
      stopped.throwIfAborted()

      if (performance.now() - toldAtMs > PROGRESS_MS) {
        toldAtMs = performance.now()
        progress(`${this.#checker.size} of ${peers} peers have registered`)
      }

      if (performance.now() > deadlineMs) {
        throw new Error(`only ${this.#checker.size} of ${peers} peers have registered`)
      }
    }

    this.#observer = await Observer.start({
      namespace: this.#namespace,
      nodes: this.#cluster.nodes,
      deadlineMs: UNANSWERED_AFTER_MS,
      onAnswer: (answer) =>
        this.#observations.push({
          askedAtMs: answer.askedAtMs,
          tookMs: answer.answeredAtMs - answer.askedAtMs,
          absences: this.#checker.check(answer)
        }),
      onFailure: ({ atMs, ...failure }) =>
        this.#observations.push({
          askedAtMs: atMs,
          tookMs: Date.now() - atMs,
          failure,
          absences: []
        })
    })
  }

  /** @returns the stretches that the run falls into */
  async replaceAll(signal?: AbortSignal): Promise<Stretch[]> {
    const { plan, progress } = this.#init
    const stopped = this.#stoppedBy(signal)
    const ticker = setInterval(() => progress(this.#describe()), PROGRESS_MS)
    const stretches: Stretch[] = [{ fromMs: Date.now(), toMs: 0 }]

    try {
      await this.#settle(stopped)

      for (const replacement of plan.replacements) {
        progress(`${replacement.signal} to node ${replacement.node}`)
        stretches.push(await this.#replace(replacement, stopped))
      }
    } finally {
      clearInterval(ticker)
    }

    return stretches.map((stretch, index) => ({
      ...stretch,
      toMs: stretches[index + 1]?.fromMs ?? Date.now()
    }))
  }

  figures(stretches: readonly Stretch[]): Omit<RollingRun, 'gatherSeconds'> {
    const { plan, peers, goPeers, discoveriesPerSecond } = this.#init
    const figures = figuresOf({
      stretches,
      events: this.#events,
      observations: this.#observations,
      drainMs: plan.drainSeconds * 1000
    })

    return { figures, peers, goPeers, discoveriesPerSecond, drainSeconds: plan.drainSeconds }
  }

  async stop(): Promise<void> {
    await this.#observer?.stop()
    await this.#load.stop()
  }

  async #replace({ signal, node }: Replacement, stopped: AbortSignal): Promise<Stretch> {
    this.#observer?.avoid(node)

    const { peerId } = this.#cluster.nodes[node] as { peerId: string }
    const times = await untilAborted(this.#cluster.replace(node, signal), stopped)

    this.#observer?.avoid(undefined)
    await this.#settle(stopped)

    return {
      replacement: { signal, node, peerId, ...times },
      fromMs: times.signalledAtMs,
      toMs: 0
    }
  }

  async #settle(stopped: AbortSignal): Promise<void> {
    await delay(this.#init.plan.settleMs, undefined, { signal: stopped }).catch(() =>
      stopped.throwIfAborted()
    )
  }

  #take(event: LoadEvent): void {
    this.#events.push(event)

    if (event.event === 'acknowledged') {
      this.#checker.acknowledged(event)
    }
  }

  /** By the caller, or by something that broke down. */
  #stoppedBy(signal?: AbortSignal): AbortSignal {
    return signal == null ? this.#failed.signal : AbortSignal.any([signal, this.#failed.signal])
  }

  #describe(): string {
    const count = (matches: (event: LoadEvent) => boolean): number =>
      this.#events.filter(matches).length
    const discoveries = count(({ event }) => event === 'discovered')
    const failed = count((event) => event.event === 'discovered' && event.reason != null)
    const unanswered = count(({ event }) => event === 'unanswered')
    const missing = this.#observations
      .flatMap(({ absences }) => absences)
      .filter(({ isMissing }) => isMissing).length

    return (
      `${discoveries} discoveries, ${failed} failed; ${unanswered} unanswered; ` +
      `${this.#observations.length} looks, ${missing} missing`
    )
  }
}

/** What is left behind goes on; whoever waits for it does not. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason)

  promise.catch(() => {
    // It may fail after nobody waits any more.
  })
  signal.addEventListener('abort', onAbort, { once: true })

  try {
    signal.throwIfAborted()

    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
