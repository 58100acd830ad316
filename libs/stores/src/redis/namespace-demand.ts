import { LRUCache } from 'lru-cache'
import { COST_OF_DRAWING, POOLS_MAX } from './copy-policy.ts'

interface Demand {
  sinceMs: number
  /** Registrations that were asked for since then, and in the stretch of time before. */
  asked: number
  askedBefore: number
  /** Registrations of a copy; 0 before that is known, so that all but the first wait for one. */
  copySize: number
  copyMs: number
}

export interface NamespaceDemandInit {
  /** A steady clock in milliseconds. */
  now: () => number
  /** How long a copy answers, in milliseconds, before more is known of it. */
  copyMs: number
}

/** How much is asked of each namespace lately, to tell whether a copy of it pays. */
export class NamespaceDemand {
  readonly #init: NamespaceDemandInit
  readonly #demands = new LRUCache<string, Demand>({ max: POOLS_MAX })

  constructor(init: NamespaceDemandInit) {
    this.#init = init
  }

  /** @returns whether a copy costs less than so many registrations, and what else is asked while it answers */
  ask(nsid: string, registrations: number): boolean {
    const known = this.#demands.get(nsid)

    if (known == null) {
      this.#demands.set(nsid, {
        sinceMs: this.#init.now(),
        asked: registrations,
        askedBefore: 0,
        copySize: 0,
        copyMs: this.#init.copyMs
      })

      return false
    }

    this.#goOn(known)
    known.asked += registrations

    return COST_OF_DRAWING * Math.max(known.asked, known.askedBefore) > known.copySize
  }

  /**
   * @param copySize - registrations that a copy would have
   * @param copyMs - how long it answers, in milliseconds, if need be with what has changed
   */
  learn(nsid: string, copySize: number, copyMs: number): void {
    const demand = this.#demands.peek(nsid)

    if (demand != null) {
      demand.copySize = copySize
      demand.copyMs = copyMs
    }
  }

  #goOn(demand: Demand): void {
    const { copyMs } = demand
    const nowMs = this.#init.now()
    const passedMs = nowMs - demand.sinceMs

    if (passedMs > copyMs) {
      demand.askedBefore = passedMs > 2 * copyMs ? 0 : demand.asked
      demand.asked = 0
      demand.sinceMs = nowMs
    }
  }
}
