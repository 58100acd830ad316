import { UnavailableError } from '@rendezvous-cluster/rendezvous'
import { expect, it } from 'vitest'
import { describeRegistrationStore, registrationOf } from '../src/compliance/index.ts'
import { MemoryStore } from '../src/memory/memory-store.ts'

describeRegistrationStore('memory', {
  clockMarginMs: 1,
  async create({ random }) {
    let nowMs = 1_800_000_000_000

    return {
      store: new MemoryStore({ now: () => nowMs, random }),
      async advance(ms) {
        nowMs += ms
      },
      async dispose() {}
    }
  }
})

it('a memory store at its bound refuses the next registration and accepts refreshes', async () => {
  let nowMs = 0
  const store = new MemoryStore({ now: () => nowMs, registrationsMax: 2 })

  await store.put(registrationOf({ peer: 1 }))
  await store.put(registrationOf({ peer: 2 }))

  await expect(store.put(registrationOf({ peer: 3 }))).rejects.toBeInstanceOf(UnavailableError)
  await expect(store.put(registrationOf({ peer: 2 }))).resolves.toBeUndefined()

  nowMs += 23_000

  await expect(store.put(registrationOf({ peer: 3 }))).resolves.toBeUndefined()
})
