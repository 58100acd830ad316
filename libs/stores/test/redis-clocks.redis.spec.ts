import {
  GRACE_MS,
  type PageSource,
  type Registration,
  type RegistrationStore
} from '@rendezvous-cluster/rendezvous'
import { beforeEach, describe, expect, it } from 'vitest'
import { describeWithRedis } from '../../../test/support/describe-with-redis.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import { registrationOf } from '../src/compliance/index.ts'
import { peerOf } from '../src/compliance/test-registrations.ts'
import { useRedisUnderTest } from './redis-under-test.ts'

const HOUR_MS = 3_600_000

/** The server's clock goes on while commands travel: how far a test stays from an instant. */
const MARGIN_MS = 1500

/** Which node writes and which reads, by what their clocks say. */
const PAIRS = [
  ['right', 'an hour ahead'],
  ['right', 'an hour behind'],
  ['an hour ahead', 'right'],
  ['an hour ahead', 'an hour behind'],
  ['an hour behind', 'right'],
  ['an hour behind', 'an hour ahead']
] as const

type Clock = (typeof PAIRS)[number][number]

/** Only Redis says what time it is: nodes whose clocks are hours apart see the same. */
describeWithRedis('redis stores whose clocks differ', (redis) => {
  const url = useRedisUrl(redis)
  const underTest = useRedisUnderTest(url)
  let stores: Record<Clock, RegistrationStore>

  beforeEach(async () => {
    stores = {
      right: underTest().store,
      'an hour ahead': await underTest().sibling({ clockMs: HOUR_MS }),
      'an hour behind': await underTest().sibling({ clockMs: -HOUR_MS })
    }
  })

  const of = registrationOf()
  const reads: [string, (store: RegistrationStore) => Promise<Found[]>][] = [
    ['a sample', (store) => store.sample(of, 10)],
    ['a page of the namespace', (store) => pageOf(store, of)],
    ['a page of all namespaces', (store) => pageOf(store, { kind: of.kind })]
  ]

  async function putAll(store: RegistrationStore, registrations: Registration[]): Promise<void> {
    await Promise.all(registrations.map((registration) => store.put(registration)))
  }

  describe.each(PAIRS)('written by one that is %s, read by one that is %s', (writer, reader) => {
    it.each(reads)('%s shows each until TTL and grace have passed', async (_name, read) => {
      await putAll(stores[writer], [
        registrationOf({ peer: 1, ttlSeconds: 20 }),
        registrationOf({ peer: 2, ttlSeconds: 7200 })
      ])
      const atFirst = await read(stores[reader])

      await underTest().advance(20_000 + GRACE_MS - MARGIN_MS)
      const before = await read(stores[reader])

      await underTest().advance(MARGIN_MS)
      const after = await read(stores[reader])

      expect(peersOf(atFirst)).toEqual([1, 2])
      expect(peersOf(before)).toEqual([1, 2])
      expect(peersOf(after)).toEqual([2])
    })

    it.each(reads)('%s shows what remains of the TTL', async (_name, read) => {
      await stores[writer].put(registrationOf({ ttlSeconds: 7200 }))
      await read(stores[reader])
      await underTest().advance(1_000_100)

      const [found] = await read(stores[reader])

      expect(found?.ttlSeconds).toBe(6200)
    })

    it('a refresh through the other keeps it alive from then on', async () => {
      await stores[writer].put(registrationOf({ ttlSeconds: 20 }))
      await underTest().advance(20_000)
      await stores[reader].put(registrationOf({ ttlSeconds: 20 }))
      await underTest().advance(20_000 + GRACE_MS - MARGIN_MS)
      const before = await stores[writer].sample(of, 10)

      await underTest().advance(MARGIN_MS)

      expect(before).toHaveLength(1)
      expect(await stores[writer].sample(of, 10)).toEqual([])
      expect(await stores[reader].sample(of, 10)).toEqual([])
    })

    it('a refresh through the other is the later one in the order', async () => {
      await stores[writer].put(registrationOf({ peer: 1 }))
      await stores[writer].put(registrationOf({ peer: 2 }))
      const { cursor } = await stores[writer].page(of, 0, 10)

      await stores[reader].put(registrationOf({ peer: 1 }))
      const { registrations } = await stores[writer].page(of, cursor, 10)

      expect(peersOf(registrations)).toEqual([1])
    })

    it('a removal through the other finds what lives, and what has expired no more', async () => {
      await stores[writer].put(registrationOf({ peer: 1, ttlSeconds: 20 }))
      await stores[writer].put(registrationOf({ peer: 2, ttlSeconds: 20 }))
      await underTest().advance(20_000 + GRACE_MS - MARGIN_MS)
      const before = await stores[reader].remove(registrationOf({ peer: 1 }))

      await underTest().advance(MARGIN_MS)

      expect(before).toBe(true)
      expect(await stores[reader].remove(registrationOf({ peer: 2 }))).toBe(false)
    })

    it('a sweep by the other takes what has expired, and nothing else', async () => {
      await putAll(stores[writer], [
        registrationOf({ peer: 1, ttlSeconds: 20 }),
        registrationOf({ peer: 2, ttlSeconds: 7200 })
      ])
      await underTest().advance(20_000 + GRACE_MS - MARGIN_MS)
      const before = await stores[reader].sweep()

      await underTest().advance(MARGIN_MS)

      expect(before.removed).toBe(0)
      expect((await stores[reader].sweep()).removed).toBe(1)
      expect(await stores[writer].stats()).toEqual({ registrations: 1, namespaces: 1 })
    })
  })
})

interface Found {
  record: Uint8Array
  ttlSeconds: number
}

async function pageOf(store: RegistrationStore, source: PageSource): Promise<Found[]> {
  return (await store.page(source, 0, 10)).registrations
}

/** Numbers of the peers whose registrations were found, lowest first. */
function peersOf(found: Found[]): number[] {
  return found.map(peerOf).toSorted((one, other) => one - other)
}
