import { Namespace, type Registration } from '@rendezvous-cluster/rendezvous'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { describe, expect, it } from 'vitest'
import { KEYS, sealRecord } from '../generate/sealed-records.ts'
import { checkPuts } from './check-puts.ts'

const [key, otherKey] = KEYS as [(typeof KEYS)[number], (typeof KEYS)[number]]
const peerId = key.publicKey.toMultihash().bytes
const otherId = otherKey.publicKey.toMultihash().bytes

async function put(registration: Partial<Registration>): Promise<void> {
  const store = new MemoryStore()

  checkPuts(store, peerId)
  await store.put({
    kind: 'peer-record',
    namespace: Namespace.fromText('n'),
    peerId,
    record: await sealRecord('peer-record', peerId, key),
    ttlSeconds: 20,
    isListed: true,
    ...registration
  })
}

describe('a store that looks at what it is given', () => {
  it('takes what is sound', async () => {
    await expect(put({})).resolves.toBeUndefined()
  })

  it.each<[string, () => Promise<Partial<Registration>>]>([
    ['no record', async () => ({ record: new Uint8Array() })],
    ['a record of another kind', async () => ({ kind: 'waku-peer-record' })],
    ['no time to live', async () => ({ ttlSeconds: 0 })],
    ['somebody else', async () => ({ peerId: otherId })],
    [
      "somebody else's record",
      async () => ({ record: await sealRecord('peer-record', otherId, otherKey) })
    ],
    [
      'a record signed by somebody else',
      async () => ({ record: await sealRecord('peer-record', peerId, otherKey) })
    ],
    [
      'a record changed behind its signature',
      async () => {
        const record = await sealRecord('peer-record', peerId, key)

        return { record: record.with(-1, (record.at(-1) as number) ^ 1) }
      }
    ]
  ])('refuses %s', async (_what, registration) => {
    await expect(put(await registration())).rejects.toThrow('a forged record is stored')
  })
})
