import {
  CAPS_DEFAULT,
  type Registration,
  type RegistrationStore,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { expect, it } from 'vitest'
import { describeWithRedis } from '../../../test/support/describe-with-redis.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import { registrationOf, type TestRegistration } from '../src/compliance/index.ts'
import { putAtOnce } from '../src/compliance/put-at-once.ts'
import { putAll } from '../src/compliance/test-registrations.ts'
import { useRedisUnderTest } from './redis-under-test.ts'

const HERE = -1
const THERE = 2 ** 53 - 1

/** What only this store has: keys in Redis, and nodes that keep prefixes beside nodes that do not. */
describeWithRedis('IP prefixes in Redis', (redis) => {
  const url = useRedisUrl(redis)
  const underTest = useRedisUnderTest(url, () => ({ keepsPrefixes: true }))

  /** A node that neither has the setting nor has heard of another that does. */
  function unawareNode(): Promise<RegistrationStore> {
    return underTest().sibling({ keepsPrefixes: false })
  }

  function put(registrations: Registration[], perPrefix: number) {
    return putAtOnce([underTest().store], registrations, { perPrefix })
  }

  async function prefixKeys(): Promise<string[]> {
    return (await underTest().keys()).filter((key) => key.endsWith(':p'))
  }

  it('are in no key and no command where no node needs them', async () => {
    const node = await unawareNode()
    const before = await callsOf('zmscore')

    await putAll(node, peersOf(5))
    await putAll(node, peersOf(5))
    await node.sample(registrationOf(), 10)
    await node.sample(registrationOf(), 10, { isSpread: true })

    expect(await prefixKeys()).toEqual([])
    expect(await callsOf('zmscore')).toBe(before)
  })

  it('can’t be capped by a node that was told to keep none', async () => {
    const putting = (await unawareNode()).put(registrationOf({ ipPrefix: HERE }), {
      caps: { ...CAPS_DEFAULT, perPrefix: 5 }
    })

    await expect(putting).rejects.toBeInstanceOf(UnavailableError)
    expect(await underTest().keys()).toEqual([])
  })

  it('lie in the slot of their namespace, and end with it', async () => {
    await put([registrationOf({ ipPrefix: HERE, ttlSeconds: 20 })], 5)
    await put([registrationOf({ peer: 1, ipPrefix: THERE, ttlSeconds: 7200 })], 5)

    const [key, ...others] = await prefixKeys()
    const lifetimeMs = await underTest().redis.pttl(key as string)

    expect(others).toEqual([])
    expect(key).toMatch(/:\{[0-9a-f]{2}\}:[\w-]{22}:p$/)
    expect(lifetimeMs).toBeGreaterThan(7_200_000)
    expect(lifetimeMs).toBeLessThan(7_200_000 + 70_000)
  })

  it('leave no key behind once all has been removed, or has expired and was swept up', async () => {
    await put([...peersOf(3), ...peersOf(3, { ttlSeconds: 1, namespace: 'other' })], 5)
    await underTest().store.removeAll(registrationOf({ peer: 0 }))
    await underTest().store.remove(registrationOf({ peer: 1 }))
    await underTest().store.remove(registrationOf({ peer: 2 }))
    const remaining = await prefixKeys()

    await underTest().advance(7 * 60_000)
    await underTest().store.sweep()

    expect(remaining).toHaveLength(1)
    expect(await underTest().keys()).toEqual([])
  })

  it('leave nothing behind of what a put has purged', async () => {
    await put(peersOf(5, { ttlSeconds: 1 }), 100)
    await underTest().advance(60_000)
    await put(peersOf(1, { first: 10 }), 100)

    const [key] = await prefixKeys()

    expect(await underTest().redis.zcard(key as string)).toBe(1)
  })

  it('count what comes through a node without the cap, once it has heard of them', async () => {
    const other = await underTest().sibling()

    await putAll(other, peersOf(7))
    const refused = await put(peersOf(1, { first: 10 }), 5)

    expect(refused).toEqual(['prefix'])
    expect((await underTest().store.stats()).registrations).toBe(7)
  })

  it('do not count what comes through a node that has not heard of them', async () => {
    await putAll(await unawareNode(), peersOf(7))

    expect(await put(peersOf(6, { first: 10 }), 5)).toEqual(['prefix'])
  })

  it('have room by and by for what a node has removed that has not heard of them', async () => {
    const unaware = await unawareNode()
    const cap = 120

    await putAll(underTest().store, peersOf(cap), { caps: { ...CAPS_DEFAULT, perPrefix: cap } })
    await Promise.all(peersOf(100).map((of) => unaware.remove(of)))

    for (const registration of peersOf(100, { first: 1000 })) {
      await expect.poll(() => put([registration], cap), { interval: 0 }).toEqual([])
    }

    expect(await put(peersOf(1, { first: 2000 }), cap)).toEqual(['prefix'])
  }, 30_000)

  async function callsOf(command: string): Promise<number> {
    const stats = await underTest().redis.info('commandstats')

    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  }
})

interface TestPeers extends Omit<TestRegistration, 'peer'> {
  /** Number of the first peer. Default: 0. */
  first?: number
}

function peersOf(count: number, { first = 0, ...of }: TestPeers = {}): Registration[] {
  return Array.from({ length: count }, (_, index) =>
    registrationOf({ ipPrefix: HERE, ...of, peer: first + index })
  )
}
