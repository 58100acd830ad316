import { Redis } from 'ioredis'
import type { StoreUnderTest } from '../src/compliance/index.ts'
import { RedisStore } from '../src/redis/redis-store.ts'
import { defineScripts, type ScriptedRedis } from '../src/redis/scripts.ts'
import type { StoreErrorKind } from '../src/store-errors.ts'

/** Makes what Redis holds under a prefix older by some milliseconds: its clock can't be moved. */
const AGE = `
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  if redis.call('TYPE', key).ok == 'zset' then
    local scored = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')

    for index = 1, #scored, 2 do
      redis.call('ZADD', key, scored[index + 1] - ARGV[2], scored[index])
    end
  end
end
`

let prefixes = 0

/** A store on a real Redis under a prefix of its own, and the ways of a test to its keys. */
export interface RedisUnderTest extends StoreUnderTest {
  store: RedisStore
  redis: Redis
  prefix: string
  /** Errors that the stores were told of, in order. */
  errors: StoreErrorKind[]
  /** What the stores told of Redis being up, in order. */
  ups: boolean[]
  /** The scripts themselves, to be run with any arguments. */
  scripted(): ScriptedRedis
  /** Another front node's store on the same registrations. */
  sibling(): Promise<RedisStore>
}

export async function createRedisUnderTest(
  url: string,
  random: () => number = Math.random
): Promise<RedisUnderTest> {
  const prefix = `test:${process.pid}:${Date.now()}:${prefixes++}:`
  const redis = new Redis(url)
  const siblings: RedisStore[] = []
  const errors: StoreErrorKind[] = []
  const ups: boolean[] = []
  let advancedMs = 0

  async function open(): Promise<RedisStore> {
    const store = new RedisStore({
      url,
      keyPrefix: prefix,
      random,
      now: () => performance.now() + advancedMs,
      onError: (kind) => errors.push(kind),
      onUp: (up) => ups.push(up)
    })

    if ((await store.open(5000)) == null) {
      throw new Error(`no answer from ${url}`)
    }

    return store
  }

  return {
    store: await open(),
    redis,
    prefix,
    errors,
    ups,
    scripted: () => defineScripts(redis),
    async sibling() {
      const store = await open()

      siblings.push(store)

      return store
    },
    async advance(ms) {
      await redis.eval(AGE, 0, prefix, ms)
      advancedMs += ms
    },
    async dispose() {
      await Promise.all(siblings.map((store) => store.close()))

      const keys = await redis.keys(`${prefix}*`)

      if (keys.length > 0) {
        await redis.del(...keys)
      }

      redis.disconnect()
    }
  }
}
