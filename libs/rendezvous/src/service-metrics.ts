import type { Cap } from './errors.ts'

/** What the service counts. */
export interface ServiceMetrics {
  /** A REGISTER's envelope was known on its connection (`hit`) or had to be verified (`miss`). */
  verifyCache(result: 'hit' | 'miss'): void
  /** A REGISTER was refused because of a cap. */
  capReached(cap: Cap): void
}

export const noServiceMetrics: ServiceMetrics = {
  verifyCache() {},
  capReached() {}
}
