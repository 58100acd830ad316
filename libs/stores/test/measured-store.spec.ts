import type { RegistrationStore } from '@rendezvous-cluster/rendezvous'
import { afterEach, expect, it, vi } from 'vitest'
import { MeasuredStore } from '../src/measured-store.ts'
import { MemoryStore } from '../src/memory/memory-store.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

it('a measured store counts what is done before there is a promise', async () => {
  let nowMs = 1000

  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)

  class SlowStore extends MemoryStore implements RegistrationStore {
    override async sweep() {
      nowMs += 500

      return { removed: 0, hasMore: false }
    }
  }

  const measured: [string, number][] = []
  const store = new MeasuredStore(new SlowStore(), {
    operation: (operation, seconds) => measured.push([operation, seconds])
  })

  await store.sweep()

  expect(measured).toEqual([['sweep', 0.5]])
})
