import { once } from 'node:events'
import type { PagedRegistration, RegistrationStore } from '@rendezvous-cluster/rendezvous'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { describeWithRedis } from '../../../test/support/describe-with-redis.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import { registrationOf, seededRandom } from '../src/compliance/index.ts'
import { peers, putAll } from '../src/compliance/test-registrations.ts'
import { WHOLE_MAX } from '../src/redis/copy-policy.ts'
import { fillPool } from '../src/redis/fill-pool.ts'
import { namespaceKeys } from '../src/redis/keys.ts'
import { createRedisUnderTest, useRedisUnderTest } from './redis-under-test.ts'

/** How long a copy answers without a look at Redis, in milliseconds. */
const FRESH_MS = 50

/** How far a node's idea of Redis's clock may be ahead: as long as an answer took to come, in milliseconds. */
const CLOCK_MARGIN_MS = 500

const SOURCE = registrationOf()

/** Copies that nodes keep of namespaces: they are told what has changed, and must be what Redis has all the same. */
describeWithRedis('copies of namespaces', (redis) => {
  const url = useRedisUrl(redis)
  const underTest = useRedisUnderTest(url, () => ({ random: seededRandom(3) }))
  let store: RegistrationStore
  let other: RegistrationStore

  beforeEach(async () => {
    store = underTest().store
    other = await underTest().sibling()
  })

  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each([1, 2, 3, 4])('are what Redis has, whatever two nodes do (seed %i)', async (seed) => {
    const random = seededRandom(seed)
    const stores = [store, other]

    for (let step = 0; step < 300; step++) {
      const through = stores[Math.floor(random() * 2)] as RegistrationStore
      const peer = Math.floor(random() * 40)
      const what = random()

      if (what < 0.6) {
        const record = Buffer.from(`record of ${peer}, ${step % 3}`)
        const ttlSeconds = 1 + Math.floor(random() * 20)

        await through.put(registrationOf({ peer, record, ttlSeconds }))
      } else if (what < 0.75) {
        await through.remove(registrationOf({ peer }))
      } else if (what < 0.8) {
        await underTest().advance(700)
      } else if (what < 0.82) {
        await underTest().advance(5000)
      }

      if (step % 5 === 0) {
        underTest().advanceNodes(FRESH_MS + 1)

        for (const one of stores) {
          await expectWhatRedisHas(() => one.sample(SOURCE, 1000))
          await expectWhatRedisHas(async () => (await one.page(SOURCE, 0, 1000)).registrations)
        }
      }
    }
  })

  it('show what another node has removed', async () => {
    await putAll(store, peers(0, 20))
    await copy(store)
    await other.remove(registrationOf({ peer: 7 }))
    underTest().advanceNodes(FRESH_MS + 1)

    expect(await store.sample(SOURCE, 100)).toHaveLength(19)
    expect((await store.page(SOURCE, 0, 100)).registrations).toHaveLength(19)
  })

  it('show what another node has removed, also where it has made another one instead', async () => {
    await putAll(store, peers(0, 20))
    await copy(store)
    await other.remove(registrationOf({ peer: 7 }))
    await other.put(registrationOf({ peer: 20 }))
    underTest().advanceNodes(FRESH_MS + 1)

    const found = await store.sample(SOURCE, 100)

    expect(textsOf(found)).toEqual(textsOf([...peers(0, 7), ...peers(8, 13)]))
  })

  it('show what this node has removed and another one has made again', async () => {
    await putAll(store, peers(0, 20))
    await copy(store)
    await store.remove(registrationOf({ peer: 7 }))
    expect(await store.sample(SOURCE, 100)).toHaveLength(19)

    await other.put(registrationOf({ peer: 7 }))
    underTest().advanceNodes(FRESH_MS + 1)
    expect(await store.sample(SOURCE, 100)).toHaveLength(20)
  })

  it('never let a reader pass over what another node has written before this one', async () => {
    await putAll(store, peers(0, 20))
    await copy(store)

    let cursor = 0
    const found: PagedRegistration[] = []

    for (let peer = 20; peer < 60; peer += 2) {
      await other.put(registrationOf({ peer }))
      await store.put(registrationOf({ peer: peer + 1 }))

      // Comes to the end, so that its cursor is the highest sequence of the copy.
      const page = await store.page(SOURCE, cursor, 1000)

      cursor = page.cursor
      found.push(...page.registrations)
    }

    for (let page = await store.page(SOURCE, cursor, 7); page.registrations.length > 0; ) {
      found.push(...page.registrations)
      page = await store.page(SOURCE, page.cursor, 7)
    }

    expect(textsOf(found)).toEqual(textsOf(peers(0, 60)))
  })

  it('are read anew where more has changed than is worth to be told', async () => {
    await putAll(store, peers(0, 300))
    await copy(store)
    await putAll(
      other,
      peers(0, 300).map((one) => ({ ...one, record: Buffer.from('another') }))
    )
    underTest().advanceNodes(FRESH_MS + 1)

    const found = await store.sample(SOURCE, 1000)

    expect(found).toHaveLength(300)
    expect(new Set(textsOf(found))).toEqual(new Set(['another']))
  })

  it('are not taken for the whole of a namespace that grows past it while it is read', async () => {
    const { connection, prefix } = underTest()
    const settings = { graceMs: 0, isOrdered: true, needsPrefixes: false }
    const keys = namespaceKeys(prefix, SOURCE.kind, SOURCE.namespace)

    await putAll(store, peers(0, WHOLE_MAX))

    const { isWhole } = await connection.shardOf(keys.expiries).run(() =>
      fillPool(
        {
          connection,
          settings,
          random: Math.random,
          readAtOnce: async (_records, read) => {
            await store.put(registrationOf({ peer: WHOLE_MAX + 1, ttlSeconds: 7200 }))

            return read()
          }
        },
        keys,
        1
      )
    )

    expect(isWhole).toBe(false)
  })

  it('are read anew once the connection was lost: what Redis had may be', async () => {
    const { client } = underTest().connection
    const reads = vi.spyOn(client, 'zrangebyscoreBuffer')

    await putAll(store, peers(0, 20))
    await copy(store)
    underTest().advanceNodes(FRESH_MS + 1)
    await store.sample(SOURCE, 100)

    const before = reads.mock.calls.length

    const isLost = once(client, 'close')

    client.disconnect(true)
    await isLost
    await vi.waitFor(() => expect(client.status).toBe('ready'))
    underTest().advanceNodes(FRESH_MS + 1)
    await store.sample(SOURCE, 100)

    expect(before).toBe(1)
    expect(reads.mock.calls.length).toBe(2)
  })

  it('are read anew where the clock of Redis was set', async () => {
    const reads = vi.spyOn(underTest().connection.client, 'zrangebyscoreBuffer')

    await putAll(store, peers(0, 20))
    await copy(store)
    underTest().advanceNodes(1500)
    await store.sample(SOURCE, 100)

    expect(reads.mock.calls.length).toBe(2)
  })

  it('are made of no namespace where that would put out those in use', async () => {
    const small = await createRedisUnderTest(url(), { copiedBytesMax: 600_000 })
    const source = (namespace: string) => registrationOf({ namespace })
    const reads = vi.spyOn(small.connection.client, 'zrangebyscoreBuffer')
    const namespaces = Array.from({ length: 30 }, (_, index) => `n${index}`)

    try {
      for (const namespace of namespaces) {
        const record = Buffer.alloc(4000)

        await putAll(
          small.store,
          Array.from({ length: 20 }, (_, peer) => registrationOf({ namespace, peer, record }))
        )
      }

      for (let round = 0; round < 20; round++) {
        for (const namespace of namespaces) {
          expect(await small.store.sample(source(namespace), 50)).toHaveLength(20)
        }
      }

      // Some of them fit. Without a look at who is in use it is all of them, each round.
      expect(reads.mock.calls.length).toBeGreaterThan(2)
      expect(reads.mock.calls.length).toBeLessThan(namespaces.length)
    } finally {
      await small.store.close()
      await small.dispose()
    }
  })

  /** Asks for so much that it pays. */
  async function copy(of: RegistrationStore): Promise<void> {
    await of.sample(SOURCE, 1000)
    await of.page(SOURCE, 0, 1000)
  }

  /** What is alive, as time goes on: nothing else, and all but what has ended meanwhile or is about to. */
  async function expectWhatRedisHas(read: () => Promise<{ record: Uint8Array }[]>): Promise<void> {
    const before = await textsInRedis(0)
    const found = textsOf(await read())
    const after = await textsInRedis(CLOCK_MARGIN_MS)

    expect(new Set(found).size).toBe(found.length)
    expect(found.filter((text) => !before.includes(text))).toEqual([])
    expect(after.filter((text) => !found.includes(text))).toEqual([])
  }

  /** @param forMs - how long they are alive for yet, by Redis's clock */
  async function textsInRedis(forMs: number): Promise<string[]> {
    const { expiries, records } = namespaceKeys(underTest().prefix, SOURCE.kind, SOURCE.namespace)
    const [seconds, microseconds] = await underTest().redis.rendezvousTime(expiries)
    const nowMs = Math.floor(Number(seconds) * 1000 + Number(microseconds) / 1000)
    const deadUntilMs = nowMs + forMs - 2000
    const alive = await underTest().redis.zrangebyscoreBuffer(expiries, `(${deadUntilMs}`, '+inf')
    const stored = alive.length === 0 ? [] : await underTest().redis.hmgetBuffer(records, ...alive)

    return stored.map((bytes) => (bytes as Buffer).subarray(32).toString()).toSorted()
  }
})

function textsOf(found: { record: Uint8Array }[]): string[] {
  return found.map(({ record }) => Buffer.from(record).toString()).toSorted()
}
