import type { Registration } from '@rendezvous-cluster/rendezvous'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedisServer } from '../../../test/support/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../test/support/redis-server.ts'
import { registrationOf } from '../src/compliance/index.ts'
import { peers, putAll } from '../src/compliance/test-registrations.ts'
import { createRedisUnderTest, type RedisUnderTest } from './redis-under-test.ts'

const TIMES = 50

/** Of what looks after the connection, now and then, and of this test. */
const HOUSEKEEPING = ['info', 'ping', 'time', 'config|resetstat', 'client|setinfo', 'script|load']

/**
 * What an operation asks of Redis does not depend on the machine: more is a regression. Commands that a
 * script runs count as well.
 */
describeWithRedisServer('what redis is asked', (binary) => {
  let server: RedisServer
  let admin: Redis
  let underTest: RedisUnderTest

  beforeEach(async () => {
    server = await startRedisServer({ binary })
    admin = new Redis(server.url)
    underTest = await createRedisUnderTest(server.url)
  })

  afterEach(async () => {
    await underTest.store.close()
    await underTest.dispose()
    admin.disconnect()
    await server.stop()
  })

  it('for a refresh: one script of few commands', async () => {
    const { store } = underTest

    await store.put(registrationOf())

    expect(await commandsOf(() => store.put(registrationOf()))).toEqual({
      evalsha: 1,
      hget: 1,
      hset: 1,
      pttl: 4,
      zadd: 4,
      zrange: 2,
      zrangebyscore: 1,
      zscore: 1
    })
  })

  it('for a registration that is new: three scripts, two of which keep caps', async () => {
    const { store } = underTest
    let peer = 0

    await store.put(registrationOf())

    expect(await commandsOf(() => store.put(registrationOf({ peer: ++peer })))).toEqual({
      evalsha: 3,
      hexists: 2,
      hset: 3,
      pexpire: 1,
      pttl: 5,
      zadd: 5,
      zcard: 4,
      zrange: 2,
      zrangebyscore: 1,
      zscore: 3
    })
  })

  it('for samples of a namespace that was read a moment ago: nothing', async () => {
    const { store } = underTest

    await putAll(store, peers(0, 100))
    await store.sample(registrationOf(), 50)
    await store.sample(registrationOf(), 50)

    expect(await commandsOf(() => store.sample(registrationOf(), 50))).toEqual({})
  })

  it('for a sample of a namespace that little is asked of: one script, with as much as is wanted', async () => {
    const { store } = underTest
    const namespaces = Array.from({ length: TIMES + 1 }, (_, index) => `n${index}`)
    const rest = namespaces.map((namespace) => registrationOf({ namespace })).values()
    const sampleNext = () => store.sample(rest.next().value as Registration, 10)

    for (const namespace of namespaces) {
      const registrations = Array.from({ length: 30 }, (_, peer) =>
        registrationOf({ namespace, peer })
      )

      await putAll(store, registrations)
    }

    await sampleNext()

    expect(await commandsOf(sampleNext)).toEqual({
      evalsha: 1,
      hmget: 1,
      zcount: 1,
      zrange: 10
    })
  })

  it('for the first page of a namespace that was read a moment ago: nothing', async () => {
    const { store } = underTest

    await putAll(store, peers(0, 100))
    await store.page(registrationOf(), 0, 50)
    await store.page(registrationOf(), 0, 50)

    expect(await commandsOf(() => store.page(registrationOf(), 0, 50))).toEqual({})
  })

  it('for a further page of a namespace that was read a moment ago: one script, which looks', async () => {
    const { store } = underTest

    await putAll(store, peers(0, 100))
    await store.page(registrationOf(), 1, 50)
    await store.page(registrationOf(), 1, 50)
    await store.page(registrationOf(), 1, 50)

    expect(await commandsOf(() => store.page(registrationOf(), 1, 50))).toEqual({
      evalsha: 1,
      zcount: 2
    })
  })

  it('for a page of a namespace that little is asked of: one script of three commands', async () => {
    const { store } = underTest
    const namespaces = Array.from({ length: TIMES + 1 }, (_, index) => `n${index}`)
    const rest = namespaces.map((namespace) => registrationOf({ namespace })).values()
    const readNext = () => store.page(rest.next().value as Registration, 1, 10)

    for (const namespace of namespaces) {
      await putAll(
        store,
        Array.from({ length: 30 }, (_, peer) => registrationOf({ namespace, peer }))
      )
    }

    await readNext()

    expect(await commandsOf(readNext)).toEqual({
      evalsha: 1,
      hmget: 1,
      zrangebyscore: 1,
      zscore: 1
    })
  })

  it.each<[string, () => Promise<unknown>]>([
    ['samples', () => underTest.store.sample(registrationOf(), 50)],
    ['pages', () => underTest.store.page(registrationOf(), 0, 50)]
  ])('for %s of a namespace that has not changed: one script, which looks', async (_, read) => {
    await putAll(underTest.store, peers(0, 100))
    await read()
    await read()
    // The first time the script itself is sent.
    await laterOf(read)

    expect(await commandsOf(() => laterOf(read))).toEqual({ evalsha: 1, zcount: 2 })
  })

  it('for samples of a namespace of which one was refreshed: one script, which reads that one', async () => {
    const { store } = underTest
    const other = await underTest.sibling()
    const read = () => store.sample(registrationOf(), 50)

    await putAll(store, peers(0, 100))
    await read()
    await read()

    const commands = await commandsOf(async () => {
      await other.put(registrationOf({ peer: 7 }))
      await laterOf(read)
    })

    expect(commands).toMatchObject({ evalsha: 2, zcount: 2, hmget: 1, zscore: 2, zrangebyscore: 2 })
  })

  /** Once no copy may answer without a look at Redis. */
  function laterOf<T>(read: () => Promise<T>): Promise<T> {
    underTest.advanceNodes(60)

    return read()
  }

  /** Commands of each kind per operation. */
  async function commandsOf(act: () => Promise<unknown>): Promise<Record<string, number>> {
    await admin.config('RESETSTAT')

    for (let time = 0; time < TIMES; time++) {
      await act()
    }

    const stats = await admin.info('commandstats')

    return Object.fromEntries(
      [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
        .map(([, name = '', calls]) => [name, Number(calls) / TIMES] as const)
        .filter(([name]) => !HOUSEKEEPING.includes(name))
    )
  }
})
