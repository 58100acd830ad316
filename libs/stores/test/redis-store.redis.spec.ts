import {
  CAPS_DEFAULT,
  type LiveRegistration,
  type RegistrationStore,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  describeWithRedis,
  describeWithRedisServer
} from '../../../test/support/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../test/support/redis-server.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import {
  describeRegistrationStore,
  registrationOf,
  seededRandom,
  type TestRegistration
} from '../src/compliance/index.ts'
import { peers, putAll } from '../src/compliance/test-registrations.ts'
import { ClusterSettings } from '../src/redis/cluster-settings.ts'
import { WHOLE_MAX } from '../src/redis/copy-policy.ts'
import { drawMembers } from '../src/redis/draw-members.ts'
import { namespaceKeys, reservationsKey } from '../src/redis/keys.ts'
import { openRedis } from '../src/redis/open-redis.ts'
import { RedisConnection } from '../src/redis/redis-connection.ts'
import { scriptKeys } from '../src/redis/scripts.ts'
import { createRedisUnderTest, type RedisUnderTest } from './redis-under-test.ts'

describeWithRedis('redis store', (redis) => {
  const url = useRedisUrl(redis)

  describeRegistrationStore('redis', {
    // The server's clock goes on while commands travel.
    clockMarginMs: 500,
    create: (init) => createRedisUnderTest(url(), init)
  })

  describe('beyond the contract', () => {
    let underTest: RedisUnderTest

    beforeEach(async () => {
      underTest = await createRedisUnderTest(url(), { random: seededRandom(7) })
    })

    afterEach(async () => {
      await underTest.store.close()
      await underTest.dispose()
    })

    it('shows a registration to another node within 100 ms, also right after it was asked', async () => {
      const other = await underTest.sibling()

      await other.sample(registrationOf(), 10)
      await underTest.store.put(registrationOf())
      await underTest.advance(100)

      expect(await other.sample(registrationOf(), 10)).toHaveLength(1)
    })

    it('shows its own writes also when it reads the namespace at that moment', async () => {
      const { store } = underTest

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

    it('sweeps all buckets, however many namespaces come due before them', async () => {
      const { store } = underTest
      const namespaces = Array.from({ length: 6000 }, (_, index) => `n${index}`)

      for (let start = 0; start < namespaces.length; start += 500) {
        const page = namespaces.slice(start, start + 500)

        await Promise.all(
          page.map((namespace, peer) =>
            store.put(registrationOf({ namespace, peer, ttlSeconds: 1 }))
          )
        )
      }

      await underTest.advance(60_000)

      while ((await store.sweep()).hasMore) {
        // Each call removes a bounded number.
      }

      expect(await store.stats()).toEqual({ registrations: 0, namespaces: 0 })
    })

    it('shows its own writes at once', async () => {
      await underTest.store.sample(registrationOf(), 10)
      await underTest.store.put(registrationOf({ peer: 1 }))
      const afterPut = await underTest.store.sample(registrationOf(), 10)

      await underTest.store.remove(registrationOf({ peer: 1 }))
      const afterRemove = await underTest.store.sample(registrationOf(), 10)

      expect([afterPut.length, afterRemove.length]).toEqual([1, 0])
    })

    it('answers all when there is no room to keep what it reads', async () => {
      const { store } = underTest
      const small = await underTest.sibling({ copiedBytesMax: 5000 })
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
      const { redis, store } = underTest

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
      const { store, connection } = underTest
      const { kind, namespace } = registrationOf()
      const keys = namespaceKeys(underTest.prefix, kind, namespace)
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
      const { store } = underTest

      await store.put(registrationOf({ ttlSeconds: 1 }))
      await underTest.advance(50_000)
      const keysBefore = await underTest.keys()

      await store.sample(registrationOf(), 10)
      await store.sample(registrationOf({ namespace: 'nobody' }), 10)
      await store.page(registrationOf(), 0, 10)
      await store.page({ kind: 'peer-record' }, 0, 10)

      expect(await underTest.keys()).toEqual(keysBefore)
    })

    it('draws from all parts of a namespace that is too large to copy', async () => {
      const { store } = underTest
      const size = WHOLE_MAX + 1000

      await putAll(store, peers(0, size))

      const sampled = await (await underTest.sibling()).sample(registrationOf(), 1000)
      const sampledPeers = sampled.map(peerOf)

      expect(new Set(sampledPeers).size).toBe(1000)
      // Of 1000 fair draws among 6000, each third gets 333 on average; 200 would be 9 deviations off.
      for (const third of [0, 1, 2]) {
        const inThird = sampledPeers.filter((peer) => Math.floor((peer * 3) / size) === third)

        expect(inThird.length).toBeGreaterThan(200)
      }
    })

    it('spreads what it draws from a part of a namespace that is too large to copy', async () => {
      const store = await underTest.sibling({ keepsPrefixes: true })
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

    it('pages over what a node that keeps no order has refreshed', async () => {
      const { store, redis, prefix } = underTest
      const { kind, namespace } = registrationOf()
      const { order, records } = namespaceKeys(prefix, kind, namespace)
      // The first one is read from Redis, and the rest from a copy.
      const pagesOf = async (limit: number) => {
        const reader = await underTest.sibling()
        const first = await reader.page(registrationOf(), 1, limit)
        const rest = await reader.page(registrationOf(), first.cursor, 10)

        return [first, rest].map(({ registrations }) => registrations.map(peerOf))
      }

      for (const registration of peers(0, 4)) {
        await store.put(registration)
      }

      const [peer = Buffer.alloc(0)] = await redis.zrangeBuffer(order, '1', '1')
      const stored = (await redis.hgetBuffer(records, peer)) as Buffer

      // The record has another sequence, and its place is the one of before.
      const moveBy = (us: number) => {
        const moved = Buffer.from(stored)

        moved.writeDoubleBE(stored.readDoubleBE(8) + us, 8)

        return redis.hset(records, peer, moved)
      }

      // It comes again in its new place, once it has that.
      await moveBy(60_000_000)
      expect(await pagesOf(2)).toEqual([[0], [2, 3]])
      expect(await pagesOf(3)).toEqual([[0, 2], [3]])

      await moveBy(-60_000_000)
      expect(await pagesOf(2)).toEqual([
        [1, 0],
        [2, 3]
      ])
      expect(await pagesOf(3)).toEqual([[1, 0, 2], [3]])
    })

    it.each([
      ['all are alive', 0],
      ['most have ended', 150]
    ])('has each peer once on a page during which it is refreshed, where %s', async (_, ended) => {
      const { store } = underTest
      const { client } = underTest.connection
      const page = client.rendezvousPageBuffer.bind(client)

      await putAll(
        store,
        peers(0, 400).map((registration, peer) => ({
          ...registration,
          ttlSeconds: peer >= 10 && peer < 10 + 2 * ended ? 1 : 7200
        }))
      )
      await underTest.advance(10_000)
      vi.spyOn(client, 'rendezvousPageBuffer').mockImplementationOnce(async (...args) => {
        const answer = await page(...args)

        await (await underTest.sibling()).put(registrationOf({ peer: 3 }))

        return answer
      })

      const { registrations } = await store.page(registrationOf(), 1, 1000)

      expect(new Set(registrations.map(peerOf)).size).toBe(400 - 2 * ended)
      expect(registrations).toHaveLength(400 - 2 * ended)
      expect(registrations.map(peerOf).at(-1)).toBe(3)
    })

    it('is sent nothing of what has ended', async () => {
      const { store, redis, prefix } = underTest
      const { kind, namespace } = registrationOf()
      const { order, records } = namespaceKeys(prefix, kind, namespace)

      await putAll(
        store,
        peers(0, 50).map((registration) => ({ ...registration, ttlSeconds: 1 }))
      )
      await underTest.advance(10_000)

      const [, , , , , stored] = await redis.rendezvousPageBuffer(order, records, 0, 250, 2000)

      expect(stored.byteLength).toBe(50 + 3)
    })

    it('refuses a write that runs after its deadline', async () => {
      const { redis, store, prefix } = underTest
      const { kind, namespace, peerId, record } = registrationOf()
      const keys = namespaceKeys(prefix, kind, namespace)
      const [seconds] = await redis.time()

      // The very script, as a command that was held up for long would run it.
      const [code] = await redis.rendezvousPut(
        ...scriptKeys(keys),
        ...[Buffer.from(peerId), Buffer.from(record), 20_000, 2000, Number(seconds) * 1000 - 1],
        ...[keys.nsid, keys.identity, 10, 9e15, 1, 10, 1, 1, 1]
      )

      expect(code).toBe(-1)
      expect(await store.sample(registrationOf(), 10)).toEqual([])
      expect(await underTest.keys()).toEqual([])
    })

    it('removes everything within its caller’s time, and nothing after that', async () => {
      const { store, errors } = underTest
      const { remove } = store

      await putInNamespaces(store, 250, { ttlSeconds: 60 })
      vi.spyOn(store, 'remove').mockImplementationOnce(async (...args) => {
        const removed = await remove.apply(store, args)

        await underTest.advance(3000)

        return removed
      })

      await expect(store.removeAll(registrationOf(), { withinMs: 3000 })).rejects.toBeInstanceOf(
        UnavailableError
      )
      expect(errors).toContain('late')
      expect((await store.stats()).registrations).toBe(150)
    })

    it('looks at what a peer’s ended registrations have left behind only once', async () => {
      const { store, redis, prefix } = underTest
      const reserved = () => redis.zcard(reservationsKey(prefix, registrationOf().peerId))

      await putInNamespaces(store, 3, { ttlSeconds: 1 })
      // The namespaces are still known by their names.
      await putInNamespaces(store, 3, { peer: 1, ttlSeconds: 7200 })
      await underTest.advance(10_000)
      await store.sweep()
      const before = await reserved()

      expect(await store.removeAll(registrationOf())).toBe(0)
      expect([before, await reserved()]).toEqual([3, 0])
    })

    it('reads no more of big records than fit into one answer, and the rest for later pages', async () => {
      const { store } = underTest
      const records = Array.from({ length: 600 }, (_, peer) => String(peer).padEnd(4096))
      const sizes: number[] = []
      const found: string[] = []
      let cursor = 0

      await putAll(
        store,
        records.map((record, peer) => registrationOf({ peer, record: Buffer.from(record) }))
      )

      for (let size = 1; size > 0; ) {
        const page = await store.page(registrationOf(), cursor, 1000)

        size = page.registrations.length
        cursor = page.cursor
        sizes.push(size)
        found.push(...page.registrations.map(({ record }) => Buffer.from(record).toString()))
      }

      expect(sizes).toEqual([500, 100, 0])
      expect(found.toSorted()).toEqual(records.toSorted())
    })

    it('leaves no key behind once everything has expired and was swept up', async () => {
      const { store } = underTest

      for (const namespace of ['a', 'b', 'c']) {
        await store.put(registrationOf({ namespace, ttlSeconds: 1 }))
        await store.put(registrationOf({ namespace, peer: 1, ttlSeconds: 20 }))
      }

      await underTest.advance(7 * 60_000)
      await store.sweep()

      expect(await underTest.keys()).toEqual([])
    })

    it('gives every key an end, for when no front node is left to sweep', async () => {
      const { redis, store } = underTest

      await store.put(registrationOf({ ttlSeconds: 20 }))
      await store.put(registrationOf({ peer: 1, ttlSeconds: 7200 }))

      const keys = await underTest.keys()

      expect(keys).toHaveLength(9)

      for (const key of keys) {
        const lifetimeMs = await redis.pttl(key)
        // Reservations cover later refreshes too; the first peer's are of twenty seconds.
        const longestMs = key.endsWith(':n') ? 4 * 7_200_000 + 32_001 : 7_200_000 + 70_000

        expect(lifetimeMs).toBeGreaterThan(key.endsWith(':n') ? 5 * 60_000 : 7_200_000)
        expect(lifetimeMs).toBeLessThan(longestMs)
      }
    })

    it('puts all keys of one script into one slot of a Redis Cluster', () => {
      const keys = scriptKeys(
        namespaceKeys('rdv:v1:', 'peer-record', registrationOf({ namespace: '{a}:{b}' }).namespace)
      )
      const tags = keys.map((key) => /\{([^}]+)\}/.exec(key)?.[1])

      expect(new Set(tags).size).toBe(1)
      expect(tags[0]).toMatch(/^[0-9a-f]{2}$/)
    })

    it('sweeps beside other nodes that sweep', async () => {
      const siblings = await Promise.all([underTest.sibling(), underTest.sibling()])

      await Promise.all(
        Array.from({ length: 500 }, (_, peer) =>
          underTest.store.put(registrationOf({ peer, namespace: `n${peer % 50}`, ttlSeconds: 1 }))
        )
      )
      await underTest.advance(60_000)
      const swept = await Promise.all([underTest.store, ...siblings].map((store) => store.sweep()))

      expect(swept.reduce((sum, { removed }) => sum + removed, 0)).toBe(500)
      expect(await underTest.store.stats()).toEqual({ registrations: 0, namespaces: 0 })
    })

    it('tells which kind of error it was when Redis refuses a write, and still reads', async () => {
      const { redis, store } = underTest

      await store.put(registrationOf({ peer: 1 }))
      await redis.config('SET', 'maxmemory', '1')

      try {
        await expect(store.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
        expect(await store.sample(registrationOf(), 10)).toHaveLength(1)
      } finally {
        await redis.config('SET', 'maxmemory', '0')
      }

      expect(underTest.errors).toEqual(['full'])
      expect(underTest.ups).toEqual([true])
      await expect(store.put(registrationOf())).resolves.toBeUndefined()
    })
  })
})

describeWithRedisServer('redis store on a server of its own', (binary) => {
  let server: RedisServer

  beforeEach(async () => {
    server = await startRedisServer({ binary })
  })

  afterEach(() => server.stop())

  it('goes on reading from a server that became a read-only replica', async () => {
    const underTest = await createRedisUnderTest(server.url)
    const { redis, store, errors } = underTest

    await store.put(registrationOf())
    await redis.replicaof('127.0.0.1', 1)

    await expect(store.put(registrationOf({ peer: 1 }))).rejects.toBeInstanceOf(UnavailableError)
    expect(await store.sample(registrationOf(), 10)).toHaveLength(1)
    expect(errors).toEqual(['read-only'])

    await redis.replicaof('NO', 'ONE')
    await expect(store.put(registrationOf({ peer: 1 }))).resolves.toBeUndefined()
    await store.close()
    await underTest.dispose()
  })

  it.each([
    ['no scripts', ['allkeys', '+@all', '-@scripting']],
    ['other keys', ['~other:*', '+@all']],
    ['no INFO', ['allkeys', '+@all', '-info']],
    ['no ZADD, used by scripts only', ['allkeys', '+@all', '-zadd']],
    ['no ZCOUNT, used by reads only', ['allkeys', '+@all', '-zcount']]
  ])('is refused a user with %s, and says what it needs', async (_name, rules) => {
    const admin = new Redis(server.url)

    await admin.acl('SETUSER', 'front', 'on', '>secret', ...rules)

    const connection = new RedisConnection({
      url: `redis://front:secret@127.0.0.1:${server.port}`
    })

    await expect(openRedis(connection, new ClusterSettings(connection), 2000)).rejects.toThrow(
      'lacks a right'
    )
    connection.close()
    admin.disconnect()
  })

  it('does not let a write come alive that its caller waited for shorter than a command may take', async () => {
    const underTest = await createRedisUnderTest(server.url)
    const { store } = underTest

    await store.put(registrationOf({ peer: 1 }))
    server.suspend()

    const putting = store.put(registrationOf({ peer: 2 }), { withinMs: 200 })
    const resumed = new Promise((resolve) => {
      setTimeout(() => resolve(server.resume()), 600)
    })

    await expect(putting).rejects.toBeInstanceOf(UnavailableError)
    await resumed

    expect(underTest.errors).toEqual(['late'])
    expect(await store.sample(registrationOf(), 10)).toHaveLength(1)
    await store.close()
    await underTest.dispose()
  })
})

/** Registers one peer in so many namespaces. */
async function putInNamespaces(
  store: RegistrationStore,
  count: number,
  registration: TestRegistration
): Promise<void> {
  await putAll(
    store,
    Array.from({ length: count }, (_, index) =>
      registrationOf({ ...registration, namespace: `n${index}` })
    )
  )
}

/** The number of the peer whose record it is. */
function peerOf({ record }: LiveRegistration): number {
  return Number(/record of (\d+) /.exec(Buffer.from(record).toString())?.[1])
}
