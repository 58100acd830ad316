import { setTimeout as delay } from 'node:timers/promises'
import { nativeSignatures } from '@rendezvous-cluster/front'
import { DemoChecker } from './demo-checker.ts'
import type { DemoCluster, DemoNode } from './demo-cluster.ts'
import { DemoCrowd } from './demo-crowd.ts'
import { type DemoOptions, type DemoPace, paceOf } from './demo-options.ts'
import { showDemo } from './demo-screen.ts'
import { type DemoSummary, summarize, summaryText } from './demo-summary.ts'
import { DemoTraffic } from './demo-traffic.ts'
import type { DemoView } from './demo-view.ts'
import { rememberSignatures } from './remember-signatures.ts'
import { startDemoCluster } from './start-demo-cluster.ts'

export interface DemoResult {
  summary: DemoSummary
  /** The same for people. */
  text: string
}

/**
 * Runs a demo from start to end; its progress goes to standard error.
 *
 * @param signal - ends it early; its reason is the name of a signal
 * @throws Error in one line when the cluster can't be started, or the signal's reason before it was
 */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<DemoResult> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`)

  say('starting 3 front nodes …')

  const cluster = await startDemoCluster(options.store, say, { signal })

  try {
    return await new Demo(options, cluster, await sharedVerifier()).run(signal)
  } finally {
    await cluster.stop()
  }
}

async function sharedVerifier() {
  const { verify } = await nativeSignatures()

  return rememberSignatures(verify)
}

/** A crowd at a cluster, and what is known of both. */
class Demo {
  readonly #options: DemoOptions
  readonly #pace: DemoPace
  readonly #cluster: DemoCluster
  readonly #crowd: DemoCrowd
  readonly #now = (): number => performance.now()
  readonly #checker = new DemoChecker(this.#now)
  readonly #traffic = new DemoTraffic()
  readonly #startedAtMs = this.#now()
  #killed?: DemoView['killed']

  constructor(
    options: DemoOptions,
    cluster: DemoCluster,
    verifySignature: ReturnType<typeof rememberSignatures>
  ) {
    this.#options = options
    this.#pace = paceOf(options)
    this.#cluster = cluster
    this.#crowd = new DemoCrowd(
      { options, pace: this.#pace },
      {
        nodes: cluster.nodes,
        checker: this.#checker,
        traffic: this.#traffic,
        verifySignature,
        now: this.#now,
        random: Math.random
      }
    )
  }

  async run(signal: AbortSignal): Promise<DemoResult> {
    const ended = AbortSignal.any([signal, AbortSignal.timeout(this.#options.seconds * 1000)])

    // A promise that nobody waits for, somewhere below a connection, ends no other connection.
    process.on('unhandledRejection', (error) => this.#traffic.fail(error))

    const endScreen = showDemo(process.stderr, () => this.#view())

    await Promise.all([this.#crowd.run(ended), this.#killOne(ended)])
    endScreen()

    const view = this.#view()
    const summary = summarize(view, signal.aborted ? String(signal.reason) : undefined)

    await this.#crowd.stop()

    return { summary, text: summaryText(view, summary) }
  }

  async #killOne(signal: AbortSignal): Promise<void> {
    const { nodes } = this.#cluster
    const node = nodes[Math.floor(Math.random() * nodes.length)] as DemoNode

    try {
      await delay(this.#pace.killAfterMs, undefined, { signal })
    } catch {
      // The demo ended first.
      return
    }

    this.#killed = { name: node.name, afterSeconds: this.#elapsedSeconds }
    await this.#cluster.kill(node)
  }

  get #elapsedSeconds(): number {
    return (this.#now() - this.#startedAtMs) / 1000
  }

  #view(): DemoView {
    const { alive, came, went } = this.#crowd
    const { moved, failed, lastFailure } = this.#traffic
    const { kind, description, nodes } = this.#cluster
    const { seconds, namespaces } = this.#options

    return {
      store: { kind, description },
      elapsedSeconds: this.#elapsedSeconds,
      seconds,
      nodes: nodes.map(({ name, peerId, state, sidecar }) => ({
        name,
        peerId,
        state,
        sidecar,
        ...this.#traffic.at(name)
      })),
      namespaces,
      ttlSeconds: this.#pace.ttlSeconds,
      peers: { alive, came, went, moved },
      checked: this.#checker.figures,
      failed: { times: failed, last: lastFailure },
      killed: this.#killed
    }
  }
}
