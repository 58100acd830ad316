import type { AbortOptions } from '@libp2p/interface'
import { toError } from '../errors.ts'
import type { NamespaceInput, Rendezvous } from '../rendezvous.ts'
import type { PoliteDialer } from './polite-dialer.ts'

/** How long to wait until the next search of a topic that is still short of peers. */
const PAUSE_MS_MIN = 1000
const PAUSE_MS_MAX = 30_000

/** Peers dialled for each one that is missing: some are gone, or full. */
const DIALS_FOR_EACH = 3

export interface TopicSearchInit {
  namespace: NamespaceInput
  /** How many peers of the topic are wanted. */
  minPeers: number
  /** How many there are. */
  countPeers: () => number
  rendezvous: Rendezvous
  dialer: PoliteDialer
  now: () => number
  random: () => number
}

/** Looks for peers of one topic while there are too few. */
export class TopicSearch {
  readonly #init: TopicSearchInit
  #isSearching = false
  /** In a row that did not bring enough. */
  #searches = 0
  #nextAtMs = 0
  #lastError?: Error

  constructor(init: TopicSearchInit) {
    this.#init = init
  }

  /** What the last search failed with; absent after one that did not. */
  get lastError(): Error | undefined {
    return this.#lastError
  }

  get isSatisfied(): boolean {
    return this.#init.countPeers() >= this.#init.minPeers
  }

  /** There may be more to find, or fewer peers than before: the next search is soon. */
  searchSoon(): void {
    this.#searches = 0
    this.#nextAtMs = Math.min(this.#nextAtMs, this.#init.now() + PAUSE_MS_MIN)
  }

  /** Searches if it is time to. Never rejects. */
  async search(options: AbortOptions): Promise<void> {
    const { now, random } = this.#init

    if (this.isSatisfied) {
      this.#searches = 0

      return
    }

    if (this.#isSearching || now() < this.#nextAtMs) {
      return
    }

    this.#isSearching = true

    try {
      await this.#dialSome(options)
      this.#lastError = undefined
    } catch (error) {
      this.#lastError = toError(error)
    } finally {
      const pauseMs = Math.min(PAUSE_MS_MIN * 2 ** this.#searches, PAUSE_MS_MAX)

      this.#searches++
      this.#nextAtMs = now() + pauseMs * (0.75 + random() / 2)
      this.#isSearching = false
    }
  }

  async #dialSome(options: AbortOptions): Promise<void> {
    const { namespace, minPeers, countPeers, rendezvous, dialer } = this.#init
    const dials: Promise<boolean>[] = []
    let missing = (minPeers - countPeers()) * DIALS_FOR_EACH

    for await (const peer of rendezvous.discover(namespace, options)) {
      if (dialer.canDial(peer)) {
        dials.push(dialer.dial(peer, options))
        missing--
      }

      if (missing === 0) {
        break
      }
    }

    await Promise.all(dials)
  }
}
