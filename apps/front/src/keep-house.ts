import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RegistrationStore, StoreStats } from '@rendezvous-cluster/rendezvous'
import type { Logger } from 'pino'
import { repeat, type StopRepeating } from './repeat.ts'

/** How often expired registrations are swept up, in milliseconds; nodes spread by chance. */
const SWEEP_INTERVAL_MS = 5000

/** How often figures of the whole cluster are read, in milliseconds. */
const CLUSTER_FIGURES_INTERVAL_MS = 10_000

/** What every node does for the store they share: any number may do it at once. */
export function keepHouse(
  store: RegistrationStore,
  onStats: (stats: StoreStats) => void,
  log: Logger
): StopRepeating {
  const stops = [
    repeat(
      async (signal) => {
        // Each call removes a bounded number, but in memory without ever waiting for anything.
        while ((await store.sweep({ signal })).hasMore) {
          await nextTurn(undefined, { signal })
        }
      },
      () => SWEEP_INTERVAL_MS * (0.5 + Math.random()),
      (error) => log.debug({ err: error }, 'sweep failed')
    ),
    repeat(
      async (signal) => onStats(await store.stats({ signal })),
      () => CLUSTER_FIGURES_INTERVAL_MS,
      (error) => log.debug({ err: error }, 'cluster figures failed')
    )
  ]

  return () => {
    for (const stop of stops) {
      stop()
    }
  }
}
