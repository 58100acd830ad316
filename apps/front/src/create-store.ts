import type { RegistrationStore } from '@rendezvous-cluster/rendezvous'
import type { PrometheusMetrics } from '@rendezvous-cluster/sidecar'
import { MemoryStore, RedisStore } from '@rendezvous-cluster/stores'
import type { Logger } from 'pino'

/** How long a start waits for the store's first answer, in milliseconds. */
const OPEN_MS = 5000

export interface OpenStore {
  store: RegistrationStore
  /** For people and status pages: no host, no password. */
  kind: 'memory' | 'redis'
  /** Whether it answered last. */
  isUp: () => boolean
}

/**
 * Opens the store that a URL names. When Redis does not answer in time, the store is returned all
 * the same and goes on trying.
 *
 * @throws StoreConfigurationError for what waiting cannot cure
 */
export async function openStore(
  url: string,
  metrics: PrometheusMetrics,
  log: Logger
): Promise<OpenStore> {
  if (url === 'memory:') {
    metrics.storeUp(true)

    return { store: new MemoryStore(), kind: 'memory', isUp: () => true }
  }

  let up = false
  const store = new RedisStore({
    url,
    onUp(isUp, error) {
      const wasUp = up

      up = isUp
      metrics.storeUp(isUp)

      if (isUp) {
        log.info('redis answers')
      } else if (wasUp) {
        log.warn({ reason: reasonOf(error) }, 'redis does not answer: requests get E_UNAVAILABLE')
      }
    },
    onError: (kind) => metrics.storeError(kind)
  })

  try {
    log.debug('waiting for redis')

    const warnings = await store.open(OPEN_MS)

    if (warnings == null) {
      log.warn(
        `redis does not answer after ${OPEN_MS / 1000} s: ` +
          'serving all the same, requests get E_UNAVAILABLE until it does'
      )
    }

    for (const warning of warnings ?? []) {
      log.warn(warning)
    }
  } catch (error) {
    await store.close()

    throw error
  }

  return { store, kind: 'redis', isUp: () => up }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
