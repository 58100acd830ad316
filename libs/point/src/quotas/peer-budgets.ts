import { LRUCache } from 'lru-cache'
import type { PointLimits } from '../point-limits.ts'
import { PeerBudget } from './peer-budget.ts'

/**
 * Peers whose budget is remembered, those with the latest connection last to go. A budget is full
 * again some seconds after its peer has left; so many handshakes a node can't do in that time.
 */
const PEERS_MAX = 20_000

/** The budget of each peer, which it does not get anew by connecting again, or twice. */
export class PeerBudgets {
  readonly #limits: Pick<PointLimits, 'costUnits' | 'bytesOut'>
  readonly #budgets = new LRUCache<string, PeerBudget>({ max: PEERS_MAX })

  constructor(limits: Pick<PointLimits, 'costUnits' | 'bytesOut'>) {
    this.#limits = limits
  }

  /** @param peerId - as text */
  of(peerId: string): PeerBudget {
    const known = this.#budgets.get(peerId)

    if (known != null) {
      return known
    }

    const budget = new PeerBudget(this.#limits)

    this.#budgets.set(peerId, budget)

    return budget
  }
}
