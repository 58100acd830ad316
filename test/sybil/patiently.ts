import { setTimeout as delay } from 'node:timers/promises'
import { UnavailableError } from '@rendezvous-cluster/rendezvous'

/** A store on a busy machine misses its deadlines now and then. */
const TRIES_MAX = 20

/** How long it is left alone then, in milliseconds. */
const PAUSE_MS = 200

/**
 * Asks a store again while it is unavailable. What it is asked for must not matter twice.
 *
 * @throws UnavailableError when it stays so
 */
export async function patiently<T>(operation: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation()
    } catch (error) {
      if (!(error instanceof UnavailableError) || attempt === TRIES_MAX) {
        throw error
      }
    }

    await delay(PAUSE_MS)
  }
}
