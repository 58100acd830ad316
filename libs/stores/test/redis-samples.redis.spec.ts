import { CAPS_DEFAULT } from '@rendezvous-cluster/rendezvous'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeWithRedis } from '../../../test/support/describe-with-redis.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import { registrationOf, seededRandom } from '../src/compliance/index.ts'
import { peerOf, peers, putAll } from '../src/compliance/test-registrations.ts'
import { WHOLE_MAX } from '../src/redis/copy-policy.ts'
import { drawMembers } from '../src/redis/draw-members.ts'
import { namespaceKeys } from '../src/redis/keys.ts'
import { createRedisUnderTest, useRedisUnderTest } from './redis-under-test.ts'

describeWithRedis('samples from Redis', (redis) => {
  const url = useRedisUrl(redis)
  const underTest = useRedisUnderTest(url, () => ({ random: seededRandom(7) }))

  it('shows a registration to another node within 100 ms, also right after it was asked', async () => {
    const other = await underTest().sibling()

    await other.sample(registrationOf(), 10)
    await underTest().store.put(registrationOf())
    await underTest().advance(100)

    expect(await other.sample(registrationOf(), 10)).toHaveLength(1)
  })

  it('shows its own writes also when it reads the namespace at that moment', async () => {
    const { store } = underTest()

    for (let round = 0; round < 50; round++) {
      const namespace = `round ${round}`
      const reading = store.sample(registrationOf({ namespace }), 10)

      await store.put(registrationOf({ namespace }))
      await reading

      expect(await store.sample(registrationOf({ namespace }), 10)).toHaveLength(1)

      const readingAgain = store.sample(registrationOf({ namespace, peer: 1 }), 10)

      await store.remove(registrationOf({ namespace }))
      await readingAgain

      expect(await store.sample(registrationOf({ namespace }), 10)).toEqual([])
    }
  })

  it('shows its own writes at once', async () => {
    await underTest().store.sample(registrationOf(), 10)
    await underTest().store.put(registrationOf({ peer: 1 }))
    const afterPut = await underTest().store.sample(registrationOf(), 10)

    await underTest().store.remove(registrationOf({ peer: 1 }))
    const afterRemove = await underTest().store.sample(registrationOf(), 10)

    expect([afterPut.length, afterRemove.length]).toEqual([1, 0])
  })

  it('answers all when there is no room to keep what it reads', async () => {
    const { store } = underTest()
    const small = await underTest().sibling({ copiedBytesMax: 5000 })
    const namespaces = Array.from({ length: 20 }, (_, index) => `n${index}`)

    for (const namespace of namespaces) {
      await store.put(registrationOf({ namespace, record: Buffer.alloc(1000) }))
    }

    for (let round = 0; round < 5; round++) {
      const found = await Promise.all(
        namespaces.map((namespace) => small.sample(registrationOf({ namespace }), 10))
      )

      expect(found.map(({ length }) => length)).toEqual(namespaces.map(() => 1))
    }
  })

  it('draws one sample in Redis, and reads it once for many more at the same moment', async () => {
    const { redis, store } = underTest()

    await store.put(registrationOf())
    const before = await callsOf('hmget')

    await Promise.all(Array.from({ length: 200 }, () => store.sample(registrationOf(), 10)))

    expect((await callsOf('hmget')) - before).toBe(2)

    async function callsOf(command: string): Promise<number> {
      const stats = await redis.info('commandstats')

      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
    }
  })

  it('draws in Redis with the same chance for each of 500 Ed25519 peers, none twice', async () => {
    const { store, connection } = underTest()
    const { kind, namespace } = registrationOf()
    const keys = namespaceKeys(underTest().prefix, kind, namespace)
    const init = { connection, graceMs: 2000, random: seededRandom(1) }
    const counts = new Map<string, number>()

    await putAll(store, peers(0, 500))

    for (let draw = 0; draw < 2000; draw++) {
      const { alive, members } = await drawMembers(init, keys, 10)
      const drawn = new Set(members.map(({ peerKey }) => peerKey))

      expect([alive, drawn.size]).toEqual([500, 10])

      for (const peer of drawn) {
        counts.set(peer, (counts.get(peer) ?? 0) + 1)
      }
    }

    const expected = (2000 * 10) / 500
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0
    )

    expect(counts.size).toBe(500)
    // 499 degrees of freedom: above it is once in ten thousand times, and here the seed is always the same.
    expect(chiSquare).toBeLessThan(624)
    expect(chiSquare).toBeGreaterThan(385)
  })

  it('reads so many records at once and no more, whatever they are read for', async () => {
    const few = await createRedisUnderTest(url(), { recordsReadAtOnce: 25 })
    const { client } = few.connection
    const draw = client.rendezvousDrawBuffer.bind(client)
    const page = client.rendezvousPageBuffer.bind(client)
    const namespaces = ['a', 'b', 'c', 'd'].map((namespace) => ({ namespace }))
    let reading = 0
    let readingMax = 0

    onTestFinished(async () => {
      await few.store.close()
      await few.dispose()
    })
    await putAll(
      few.store,
      namespaces.flatMap((of) =>
        Array.from({ length: 10 }, (_, peer) => registrationOf({ ...of, peer }))
      )
    )
    vi.spyOn(client, 'rendezvousDrawBuffer').mockImplementation((...args) =>
      // All of them where there are no more than twice as many.
      counted(2 * Number(args[3]), () => draw(...args))
    )
    vi.spyOn(client, 'rendezvousPageBuffer').mockImplementation((...args) =>
      counted(Number(args[3]), () => page(...args))
    )

    const samples = await Promise.all(
      namespaces.map((of) => few.store.sample(registrationOf(of), 10))
    )
    const pages = await Promise.all(
      namespaces.map((of) => few.store.page(registrationOf(of), 0, 10))
    )

    expect(samples.map(({ length }) => length)).toEqual([10, 10, 10, 10])
    expect(pages.map(({ registrations }) => registrations.length)).toEqual([10, 10, 10, 10])
    expect(readingMax).toBe(20)

    async function counted<T>(records: number, read: () => Promise<T>): Promise<T> {
      reading += records
      readingMax = Math.max(readingMax, reading)

      return read().finally(() => {
        reading -= records
      })
    }
  })

  it('never writes for a sample', async () => {
    const { store } = underTest()

    await store.put(registrationOf({ ttlSeconds: 1 }))
    await underTest().advance(50_000)
    const keysBefore = await underTest().keys()

    await store.sample(registrationOf(), 10)
    await store.sample(registrationOf({ namespace: 'nobody' }), 10)
    await store.page(registrationOf(), 0, 10)
    await store.page({ kind: 'peer-record' }, 0, 10)

    expect(await underTest().keys()).toEqual(keysBefore)
  })

  it('draws from all parts of a namespace that is too large to copy', async () => {
    const { store } = underTest()
    const size = WHOLE_MAX + 1000

    await putAll(store, peers(0, size))

    const sampled = await (await underTest().sibling()).sample(registrationOf(), 1000)
    const sampledPeers = sampled.map(peerOf)

    expect(new Set(sampledPeers).size).toBe(1000)
    // Of 1000 fair draws among 6000, each third gets 333 on average; 200 would be 9 deviations off.
    for (const third of [0, 1, 2]) {
      const inThird = sampledPeers.filter((peer) => Math.floor((peer * 3) / size) === third)

      expect(inThird.length).toBeGreaterThan(200)
    }
  })

  it('spreads what it draws from a part of a namespace that is too large to copy', async () => {
    const store = await underTest().sibling({ keepsPrefixes: true })
    const size = WHOLE_MAX + 1000
    const isApart = (peer: number) => peer % 12 === 0

    await putAll(
      store,
      peers(0, size).map((registration, peer) => ({
        ...registration,
        ipPrefix: isApart(peer) ? peer : -1
      })),
      { caps: { ...CAPS_DEFAULT, perPrefix: size } }
    )

    const drawn = await store.sample(registrationOf(), 50, { isSpread: true })
    const apart = drawn.map(peerOf).filter(isApart)

    expect(drawn).toHaveLength(50)
    // A thousand are drawn from, of which 83 on average are apart: below 30 is 6 deviations off.
    expect(apart.length).toBeGreaterThan(29)
  })
})
