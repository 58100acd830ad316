import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { DemoOptions, DemoPace } from './demo-options.ts'
import { DemoPeer, type DemoPeerComponents } from './demo-peer.ts'

/** Peers that join at a time while the crowd gathers. */
const JOINING_MAX = 8

/** Milliseconds that the end of all peers may take. */
const STOP_MS_MAX = 1000

/** Peers that come and go. */
export class DemoCrowd {
  readonly #options: DemoOptions
  readonly #pace: DemoPace
  readonly #components: DemoPeerComponents
  readonly #peers = new Set<DemoPeer>()
  /** Runs that share a Redis don't meet. */
  readonly #run = randomBytes(4).toString('hex')
  #joining = 0
  #came = 0
  #went = 0

  constructor(
    { options, pace }: { options: DemoOptions; pace: DemoPace },
    components: DemoPeerComponents
  ) {
    this.#options = options
    this.#pace = pace
    this.#components = components
  }

  get alive(): number {
    return this.#peers.size
  }

  get came(): number {
    return this.#came
  }

  get went(): number {
    return this.#went
  }

  /** Gathers all peers; then some leave each second and as many join. Ends with the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()

    signal.addEventListener('abort', () => end(), { once: true })
    await Promise.all(Array.from({ length: JOINING_MAX }, () => this.#gather(signal, ended)))

    while (!signal.aborted) {
      await delay(1000, undefined, { signal }).catch(() => {})

      if (!signal.aborted) {
        await this.#churn()
      }
    }
  }

  /** Ends all peers. What is known of them stays as it was. */
  async stop(): Promise<void> {
    const leaving = [...this.#peers].map((peer) => peer.leave('silent').catch(() => {}))

    await Promise.race([Promise.all(leaving), delay(STOP_MS_MAX)])
  }

  async #gather(signal: AbortSignal, ended: Promise<void>): Promise<void> {
    while (!signal.aborted && this.#peers.size + this.#joining < this.#options.peers) {
      const peer = await this.#join()

      await Promise.race([peer.registered, ended])
    }
  }

  async #churn(): Promise<void> {
    const { churnPerSecond } = this.#pace
    const peers = [...this.#peers]

    for (let index = 0; index < churnPerSecond && peers.length > 0; index++) {
      const chosen = Math.floor(this.#components.random() * peers.length)
      const [peer] = peers.splice(chosen, 1) as [DemoPeer]

      this.#peers.delete(peer)
      this.#went++
      // Half of them vanish, half of them close their connections.
      peer.leave(this.#went % 2 === 0 ? 'silent' : 'polite').catch((error: unknown) => {
        this.#components.traffic.fail(error)
      })
      await this.#join()
    }
  }

  async #join(): Promise<DemoPeer> {
    const { ttlSeconds, discoverEveryMs } = this.#pace
    const namespace = `demo/${this.#run}/${this.#came % this.#options.namespaces}`

    this.#came++
    this.#joining++

    try {
      const peer = await DemoPeer.join({ namespace, ttlSeconds, discoverEveryMs }, this.#components)

      this.#peers.add(peer)

      return peer
    } finally {
      this.#joining--
    }
  }
}
