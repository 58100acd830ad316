import { type RegistrationStore, UnavailableError } from '@rendezvous-cluster/rendezvous'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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
import { putAll } from '../src/compliance/test-registrations.ts'
import { ClusterSettings } from '../src/redis/cluster-settings.ts'
import { namespaceKeys, reservationsKey } from '../src/redis/keys.ts'
import { openRedis } from '../src/redis/open-redis.ts'
import { RedisConnection } from '../src/redis/redis-connection.ts'
import { scriptKeys } from '../src/redis/scripts.ts'
import { createRedisUnderTest, useRedisUnderTest } from './redis-under-test.ts'

describeWithRedis('redis store', (redis) => {
  const url = useRedisUrl(redis)

  describeRegistrationStore('redis', {
    // The server's clock goes on while commands travel.
    clockMarginMs: 500,
    create: (init) => createRedisUnderTest(url(), init)
  })

  describe('beyond the contract', () => {
    const underTest = useRedisUnderTest(url, () => ({ random: seededRandom(7) }))

    it('sweeps all buckets, however many namespaces come due before them', async () => {
      const { store } = underTest()
      const registrations = Array.from({ length: 6000 }, (_, index) =>
        registrationOf({ namespace: `n${index}`, peer: index % 500, ttlSeconds: 1 })
      )

      await putAll(store, registrations)
      await underTest().advance(60_000)

      while ((await store.sweep()).hasMore) {
        // Each call removes a bounded number.
      }

      expect(await store.stats()).toEqual({ registrations: 0, namespaces: 0 })
    })

    it('takes a namespace whose name is lost off the list of those that are due, and no other', async () => {
      const { redis, store, prefix } = underTest()
      const { kind, namespace } = registrationOf()
      const { nsid, bucket } = namespaceKeys(prefix, kind, namespace)
      const forget = async () =>
        (await redis.rendezvousForget(bucket.due, bucket.namespaces, nsid))[0]

      await store.put(registrationOf())
      const before = await forget()
      await redis.hdel(bucket.namespaces, nsid)

      expect([before, await forget(), await redis.zcard(bucket.due)]).toEqual([0, 1, 0])
    })

    it('says nothing of Redis where a write was not sent', async () => {
      const { store, connection, ups } = underTest()

      connection.client.emit('error', new Error('gone'))
      await expect(store.put(registrationOf(), { withinMs: 0 })).rejects.toThrow(UnavailableError)

      expect(ups).toEqual([true, false])
    })

    it('refuses a write that runs after its deadline', async () => {
      const { redis, store, prefix } = underTest()
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
      expect(await underTest().keys()).toEqual([])
    })

    it('removes everything within its caller’s time, and nothing after that', async () => {
      const { store, errors } = underTest()
      const { remove } = store

      await putInNamespaces(store, 250, { ttlSeconds: 60 })
      vi.spyOn(store, 'remove').mockImplementationOnce(async (...args) => {
        const removed = await remove.apply(store, args)

        await underTest().advance(3000)

        return removed
      })

      await expect(store.removeAll(registrationOf(), { withinMs: 3000 })).rejects.toBeInstanceOf(
        UnavailableError
      )
      expect(errors).toContain('late')
      expect((await store.stats()).registrations).toBe(150)
    })

    it('looks at what a peer’s ended registrations have left behind only once', async () => {
      const { store, redis, prefix } = underTest()
      const reserved = () => redis.zcard(reservationsKey(prefix, registrationOf().peerId))

      await putInNamespaces(store, 3, { ttlSeconds: 1 })
      // The namespaces are still known by their names.
      await putInNamespaces(store, 3, { peer: 1, ttlSeconds: 7200 })
      await underTest().advance(10_000)
      await store.sweep()
      const before = await reserved()

      expect(await store.removeAll(registrationOf())).toBe(0)
      expect([before, await reserved()]).toEqual([3, 0])
    })

    it('leaves no key behind once everything has expired and was swept up', async () => {
      const { store } = underTest()

      for (const namespace of ['a', 'b', 'c']) {
        await store.put(registrationOf({ namespace, ttlSeconds: 1 }))
        await store.put(registrationOf({ namespace, peer: 1, ttlSeconds: 20 }))
      }

      await underTest().advance(7 * 60_000)
      await store.sweep()

      expect(await underTest().keys()).toEqual([])
    })

    it('gives every key an end, for when no front node is left to sweep', async () => {
      const { redis, store } = underTest()

      await store.put(registrationOf({ ttlSeconds: 20 }))
      await store.put(registrationOf({ peer: 1, ttlSeconds: 7200 }))

      const keys = await underTest().keys()

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
      const siblings = await Promise.all([underTest().sibling(), underTest().sibling()])

      await Promise.all(
        Array.from({ length: 500 }, (_, peer) =>
          underTest().store.put(registrationOf({ peer, namespace: `n${peer % 50}`, ttlSeconds: 1 }))
        )
      )
      await underTest().advance(60_000)
      const swept = await Promise.all(
        [underTest().store, ...siblings].map((store) => store.sweep())
      )

      expect(swept.reduce((sum, { removed }) => sum + removed, 0)).toBe(500)
      expect(await underTest().store.stats()).toEqual({ registrations: 0, namespaces: 0 })
    })

    it('tells which kind of error it was when Redis refuses a write, and still reads', async () => {
      const { redis, store } = underTest()

      await store.put(registrationOf({ peer: 1 }))
      await redis.config('SET', 'maxmemory', '1')

      try {
        await expect(store.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
        expect(await store.sample(registrationOf(), 10)).toHaveLength(1)
      } finally {
        await redis.config('SET', 'maxmemory', '0')
      }

      expect(underTest().errors).toEqual(['full'])
      expect(underTest().ups).toEqual([true])
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
