import type { Cap, PolicyRule } from './errors.ts'

/** What the service counts. */
export interface ServiceMetrics {
  /** A REGISTER's envelope was known on its connection (`hit`) or had to be verified (`miss`). */
  verifyCache(result: 'hit' | 'miss'): void
  /** A REGISTER was refused because of a cap. */
  capReached(cap: Cap): void
  /** A request was refused by what is laid down for its namespace. */
  policyRefused(rule: PolicyRule): void
}

/** Counts nothing: for a service that was given no metrics. */
export const noServiceMetrics: ServiceMetrics = {
  verifyCache() {},
  capReached() {},
  policyRefused() {}
}
