import type { TokenBucket } from 'limiter'
import type { PointLimits } from '../point-limits.ts'
import { fullBucket } from './full-bucket.ts'

/**
 * What one peer may still cost and be sent. Results are paid for once they are known, so a balance
 * may go below zero; then nothing is served until it has recovered.
 */
export class PeerBudget {
  readonly #costUnits: TokenBucket
  readonly #bytesOut: TokenBucket

  constructor({ costUnits, bytesOut }: Pick<PointLimits, 'costUnits' | 'bytesOut'>) {
    this.#costUnits = fullBucket(costUnits)
    this.#bytesOut = fullBucket(bytesOut)
  }

  /** Pays for a request ahead of it. Returns whether there is enough; if not, nothing is paid. */
  pay(units: number): boolean {
    // Nothing taken, but what has flowed in since is counted.
    return this.#bytesOut.tryRemoveTokens(0) && this.#costUnits.tryRemoveTokens(units)
  }

  /** Pays for what was done already. */
  charge({ units = 0, bytes = 0 }: { units?: number; bytes?: number }): void {
    this.#costUnits.content -= units
    this.#bytesOut.content -= bytes
  }
}
