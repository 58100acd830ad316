import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RegistrationStore } from '@rendezvous-cluster/rendezvous'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { keepHouse } from '../src/keep-house.ts'

const SWEEPS = 100

it('a sweep of many registrations lets others have their turns, and goes on to its end', async () => {
  let sweeps = 0
  const store = {
    sweep: async () => ({ removed: 1, hasMore: ++sweeps < SWEEPS }),
    stats: async () => ({})
  } as unknown as RegistrationStore

  onTestFinished(keepHouse(store, () => {}, pino({ level: 'silent' })))
  await nextTurn()

  expect(sweeps).toBeLessThan(SWEEPS)
  await expect.poll(() => sweeps).toBe(SWEEPS)
})
