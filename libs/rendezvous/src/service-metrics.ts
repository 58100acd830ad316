/** What the service counts. */
export interface ServiceMetrics {
  /** A REGISTER's envelope was known on its connection (`hit`) or had to be verified (`miss`). */
  verifyCache(result: 'hit' | 'miss'): void
}

export const noServiceMetrics: ServiceMetrics = {
  verifyCache() {}
}
