import { setTimeout as delay } from 'node:timers/promises'
import type { Pace } from './pace.ts'

/** Between a failure and the next attempt, in milliseconds: an attacker who is refused comes back. */
const AGAIN_MS = 20

/** Does something again and again, many at a time, whether it fails or not. */
export async function repeat(
  { atATime, pace }: { atATime: number; pace: Pace },
  act: (index: number) => Promise<void>
): Promise<void> {
  await Promise.all(
    Array.from({ length: atATime }, async (_, index) => {
      for (;;) {
        await pace()
        await act(index).catch(() => delay(AGAIN_MS))
      }
    })
  )
}
