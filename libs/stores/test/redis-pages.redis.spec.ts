import { expect, it, vi } from 'vitest'
import { describeWithRedis } from '../../../test/support/describe-with-redis.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import { registrationOf, seededRandom } from '../src/compliance/index.ts'
import { peerOf, peers, putAll } from '../src/compliance/test-registrations.ts'
import { namespaceKeys } from '../src/redis/keys.ts'
import { useRedisUnderTest } from './redis-under-test.ts'

describeWithRedis('pages from Redis', (redis) => {
  const url = useRedisUrl(redis)
  const underTest = useRedisUnderTest(url, () => ({ random: seededRandom(7) }))

  it('pages over what a node that keeps no order has refreshed', async () => {
    const { store, redis, prefix } = underTest()
    const { kind, namespace } = registrationOf()
    const { order, records } = namespaceKeys(prefix, kind, namespace)
    // The first one is read from Redis, and the rest from a copy.
    const pagesOf = async (limit: number) => {
      const reader = await underTest().sibling()
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
    const { store } = underTest()
    const { client } = underTest().connection
    const page = client.rendezvousPageBuffer.bind(client)

    await putAll(
      store,
      peers(0, 400).map((registration, peer) => ({
        ...registration,
        ttlSeconds: peer >= 10 && peer < 10 + 2 * ended ? 1 : 7200
      }))
    )
    await underTest().advance(10_000)
    vi.spyOn(client, 'rendezvousPageBuffer').mockImplementationOnce(async (...args) => {
      const answer = await page(...args)

      await (await underTest().sibling()).put(registrationOf({ peer: 3 }))

      return answer
    })

    const { registrations } = await store.page(registrationOf(), 1, 1000)

    expect(new Set(registrations.map(peerOf)).size).toBe(400 - 2 * ended)
    expect(registrations).toHaveLength(400 - 2 * ended)
    expect(registrations.map(peerOf).at(-1)).toBe(3)
  })

  it('is sent nothing of what has ended', async () => {
    const { store, redis, prefix } = underTest()
    const { kind, namespace } = registrationOf()
    const { order, records } = namespaceKeys(prefix, kind, namespace)

    await putAll(
      store,
      peers(0, 50).map((registration) => ({ ...registration, ttlSeconds: 1 }))
    )
    await underTest().advance(10_000)

    const [, , , , , stored] = await redis.rendezvousPageBuffer(order, records, 0, 250, 2000)

    expect(stored.byteLength).toBe(50 + 3)
  })

  it('reads no more of big records than fit into one answer, and the rest for later pages', async () => {
    const { store } = underTest()
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
})
