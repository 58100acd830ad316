import { setTimeout as delay } from 'node:timers/promises'

/** Waited for before each step of an attack: what bounds its rate. */
export type Pace = () => Promise<void>

/** As fast as the attacker can. */
export const unbounded: Pace = async () => {}

/** So many steps a second at most, however many take part in the attack. */
export function paceOf(perSecond: number): Pace {
  let nextAtMs = 0

  return async () => {
    const nowMs = performance.now()

    nextAtMs = Math.max(nextAtMs, nowMs) + 1000 / perSecond
    await delay(nextAtMs - nowMs)
  }
}
