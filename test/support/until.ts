import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20

/**
 * Waits until a condition holds. A condition that throws does not hold yet.
 *
 * @throws Error that names the condition, with what it threw last as the cause
 */
export async function until(
  what: string,
  withinMs: number,
  holds: () => Promise<boolean>
): Promise<void> {
  const deadlineMs = Date.now() + withinMs

  for (;;) {
    let cause: unknown

    try {
      if (await holds()) {
        return
      }
    } catch (err) {
      cause = err
    }

    if (Date.now() > deadlineMs) {
      throw new Error(`not within ${withinMs} ms: ${what}`, { cause })
    }

    await delay(POLL_MS)
  }
}
