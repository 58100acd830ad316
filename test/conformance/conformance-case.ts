import type { CaseContext } from './case-context.ts'
import type { ProtocolName } from './protocols.ts'

/** One case: what any rendezvous point should do, as seen from outside. */
export interface ConformanceCase {
  /** A sentence. */
  name: string
  protocols: readonly ProtocolName[]
  /** Where it comes from: somebody's tests, a row of a divergence, or a decision of ours. */
  source: string
  /** Too much for somebody else's server, unless they agreed. */
  isHeavy?: true
  /**
   * How long it waits, in seconds, given the shortest lifetime that the point grants. It is skipped
   * where that is too long to wait for.
   */
  waitsSeconds?: (shortestTtlSeconds: number) => number
  /** Returns when the point does what it should; throws otherwise, or `SkippedError`. */
  run: (context: CaseContext) => Promise<void>
}
