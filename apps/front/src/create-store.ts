import type { RegistrationStore, StoreOptions } from '@rendezvous-cluster/rendezvous'
import type { PrometheusMetrics } from '@rendezvous-cluster/sidecar'
import { MemoryStore, RedisStore, type StoreErrorKind } from '@rendezvous-cluster/stores'
import type { Logger } from 'pino'

/** How long a start waits for the store's first answer, in milliseconds. */
const OPEN_MS = 5000

/** Shortest time between two warnings of the same kind, in milliseconds. */
const WARNING_MS = 10_000

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
  log: Logger,
  options?: StoreOptions
): Promise<OpenStore> {
  if (url === 'memory:') {
    metrics.storeUp(true)

    return { store: new MemoryStore(), kind: 'memory', isUp: () => true }
  }

  const warnOfRefusal = refusalWarner(log)
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
    onError(kind, error) {
      metrics.storeError(kind)
      warnOfRefusal(kind, error)
    }
  })

  try {
    log.debug('waiting for redis')

    const warnings = await store.open(OPEN_MS, options)

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

/** Warns when Redis answers but refuses: seldom, since every request of a peer may cause it. */
function refusalWarner(log: Logger): (kind: StoreErrorKind, error: unknown) => void {
  const warnedAtMs = new Map<StoreErrorKind, number>()

  return (kind, error) => {
    if (kind === 'timeout' || kind === 'connection') {
      // The change of "up" is told.
      return
    }

    if (performance.now() - (warnedAtMs.get(kind) ?? Number.NEGATIVE_INFINITY) > WARNING_MS) {
      warnedAtMs.set(kind, performance.now())
      log.warn({ kind, reason: reasonOf(error) }, 'redis does not do what it is asked')
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
