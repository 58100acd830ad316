import { Cluster, Redis } from 'ioredis'
import { afterEach, beforeEach } from 'vitest'
import type { StoreUnderTest, StoreUnderTestInit } from '../src/compliance/index.ts'
import { ClusterSettings } from '../src/redis/cluster-settings.ts'
import type { RedisAccess } from '../src/redis/create-redis-client.ts'
import { openRedis } from '../src/redis/open-redis.ts'
import { parseRedisUrl, type RedisAddress } from '../src/redis/redis-address.ts'
import { RedisConnection } from '../src/redis/redis-connection.ts'
import { RedisStore, type RedisStoreInit } from '../src/redis/redis-store.ts'
import { defineScripts, type ScriptedRedis } from '../src/redis/scripts.ts'
import type { StoreErrorKind } from '../src/store-errors.ts'

/**
 * Makes what a server holds under a prefix older by some milliseconds: its clock can't be moved.
 * Sequences stay as they are, since they are places in an order and not times to wait for.
 */
const AGE = `
local ms = tonumber(ARGV[2])

for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  local suffix = string.match(key, ':(%w+)$')

  if suffix == 'x' or suffix == 'due' or suffix == 'n' then
    local scored = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')

    for index = 1, #scored, 2 do
      -- Reservations are numbered in microseconds.
      redis.call('ZADD', key, scored[index + 1] - (suffix == 'n' and ms * 1000 or ms), scored[index])
    end
  end

  if suffix == 'n' then
    redis.call('PEXPIRE', key, redis.call('PTTL', key) - ms)
  end

  if suffix == 'r' then
    local stored = redis.call('HGETALL', key)

    for index = 1, #stored, 2 do
      local expiry, sequence, held_until, reservation, from = struct.unpack('>dddd', stored[index + 1])
      local header = struct.pack('>dddd', expiry - ms, sequence, held_until - ms, reservation - ms * 1000)

      redis.call('HSET', key, stored[index], header .. string.sub(stored[index + 1], from))
    end
  end
end
`

let prefixes = 0

interface SiblingInit extends Partial<RedisStoreInit> {
  clockMs?: number
  /** Default: as the first store. */
  keepsPrefixes?: boolean
}

/** A store on a real Redis under a prefix of its own, and the ways of a test to its keys. */
export interface RedisUnderTest extends StoreUnderTest {
  store: RedisStore
  /** For commands of the test itself, with our scripts too. */
  redis: ScriptedRedis
  connection: RedisConnection
  prefix: string
  /** Errors that the stores were told of, in order. */
  errors: StoreErrorKind[]
  /** What the stores told of Redis being up, in order. */
  ups: boolean[]
  /** Every key under the prefix, on all servers, sorted. */
  keys(): Promise<string[]>
  /** Makes only the nodes' own clocks go on: nothing in Redis becomes older. */
  advanceNodes(ms: number): void
  /** Another front node's store on the same registrations. */
  sibling(init?: SiblingInit): Promise<RedisStore>
}

export interface RedisUnderTestInit
  extends Partial<StoreUnderTestInit>,
    Pick<RedisStoreInit, 'recordsReadAtOnce' | 'copiedBytesMax'> {
  access?: RedisAccess
  /** Of the test's own commands, which are more than any store's. Default: as the stores'. */
  adminAccess?: RedisAccess
}

/** One for each test of a file, closed after it. */
export function useRedisUnderTest(
  url: () => string,
  init: () => RedisUnderTestInit = () => ({})
): () => RedisUnderTest {
  let underTest: RedisUnderTest

  beforeEach(async () => {
    underTest = await createRedisUnderTest(url(), init())
  })

  afterEach(async () => {
    await underTest.store.close()
    await underTest.dispose()
  })

  return () => underTest
}

export async function createRedisUnderTest(
  url: string,
  init: RedisUnderTestInit = {}
): Promise<RedisUnderTest> {
  const { random = Math.random, access = {}, adminAccess = access } = init
  const prefix = `test:${process.pid}:${Date.now()}:${prefixes++}:`
  const admin = createAdmin(url, adminAccess)
  const siblings: RedisStore[] = []
  const errors: StoreErrorKind[] = []
  const ups: boolean[] = []
  let advancedMs = 0

  async function open({ clockMs = 0, keepsPrefixes = init.keepsPrefixes, ...rest }: SiblingInit) {
    const connection = new RedisConnection({
      url,
      ...access,
      now: () => performance.now() + advancedMs + clockMs,
      onError: (kind) => errors.push(kind),
      onUp: (up) => ups.push(up)
    })
    const settings = new ClusterSettings(connection, { keyPrefix: prefix, keepsPrefixes })

    if ((await openRedis(connection, settings, 5000, { keyPrefix: prefix })) == null) {
      throw new Error(`no answer from ${url}`)
    }

    return {
      connection,
      store: new RedisStore({ connection, settings, keyPrefix: prefix, random, ...rest })
    }
  }

  const onEachPrimary = <T>(command: (primary: Redis) => Promise<T>) =>
    Promise.all(primariesOf(admin).map(command))
  const keys = async () =>
    (await onEachPrimary((primary) => primary.keys(`${prefix}*`))).flat().sort()
  const { recordsReadAtOnce, copiedBytesMax } = init
  const opened = await open({ recordsReadAtOnce, copiedBytesMax })

  // What the nodes agree on is of no use to a test.
  await admin.del(`${prefix}config`)

  return {
    ...opened,
    redis: admin,
    prefix,
    errors,
    ups,
    keys,
    async sibling(sibling = {}) {
      const { store } = await open(sibling)

      siblings.push(store)
      await admin.del(`${prefix}config`)

      return store
    },
    advanceNodes(ms) {
      advancedMs += ms
    },
    async advance(ms) {
      await onEachPrimary((primary) => primary.eval(AGE, 0, prefix, ms))
      advancedMs += ms
    },
    async dispose() {
      await Promise.all(siblings.map((store) => store.close()))
      await Promise.all((await keys()).map((key) => admin.del(key)))
      admin.disconnect()
    }
  }
}

/** For the test's own commands: some take longer than any of a store may. */
function createAdmin(url: string, { username, password, tls, natMap }: RedisAccess): ScriptedRedis {
  const address = parseRedisUrl(url) as RedisAddress
  const options = {
    username: username ?? address.username,
    password: password ?? address.password,
    ...(address.tls && { tls })
  }

  switch (address.topology) {
    case 'cluster':
      return defineScripts(new Cluster(address.hosts, { natMap, redisOptions: options }))
    case 'sentinel':
      return defineScripts(
        new Redis({ ...options, sentinels: address.hosts, name: address.primaryName, natMap })
      )
    default:
      return defineScripts(new Redis({ ...options, ...address.hosts[0] }))
  }
}

function primariesOf(redis: ScriptedRedis): Redis[] {
  return (redis as unknown) instanceof Cluster
    ? (redis as unknown as Cluster).nodes('master')
    : [redis]
}
