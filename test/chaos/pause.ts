import { setTimeout as delay } from 'node:timers/promises'

/** Waits, none at all for what is over. @throws the signal's reason once it is aborted */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, ms), undefined, { signal }).catch(() => signal.throwIfAborted())
}
