import { NODE_EXPIRY_MS, UnavailableError } from '@rendezvous-cluster/rendezvous'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { describeWithRedis } from '../../../test/support/describe-with-redis.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import { MemoryDirectory } from '../src/memory/memory-directory.ts'
import { ClusterSettings } from '../src/redis/cluster-settings.ts'
import { RedisConnection } from '../src/redis/redis-connection.ts'
import { RedisDirectory } from '../src/redis/redis-directory.ts'
import { describeClusterDirectory, nodeOf } from './cluster-directory-suite.ts'

/** Makes all nodes of a directory older: the server's clock can't be moved. */
const AGE = `
local nodes = redis.call('HGETALL', KEYS[1])
local ms = tonumber(ARGV[1])

for index = 1, #nodes, 2 do
  local expiry, from = struct.unpack('>d', nodes[index + 1])

  redis.call('HSET', KEYS[1], nodes[index], struct.pack('>d', expiry - ms) .. string.sub(nodes[index + 1], from))
end

if #nodes > 0 then
  redis.call('PEXPIRE', KEYS[1], redis.call('PTTL', KEYS[1]) - ms)
end
`

describeClusterDirectory('memory', {
  clockMarginMs: 1,
  async create() {
    let nowMs = -5000

    return {
      directory: new MemoryDirectory(() => nowMs),
      async advance(ms) {
        nowMs += ms
      },
      async dispose() {}
    }
  }
})

describeWithRedis('redis directory', (redis) => {
  const url = useRedisUrl(redis)

  describeClusterDirectory('redis', { clockMarginMs: 2000, create: createRedisDirectory })

  it('is one list for all front nodes, and others on the same Redis have their own', async () => {
    const one = await createRedisDirectory()
    const other = await createRedisDirectory(one.prefix)
    const stranger = await createRedisDirectory()

    await one.directory.announce(nodeOf())

    expect(await other.directory.list()).toHaveLength(1)
    expect(await other.directory.announce(nodeOf({ instance: 'second' }))).toBeDefined()
    expect(await stranger.directory.list()).toEqual([])

    await Promise.all([one, other, stranger].map(({ dispose }) => dispose()))
  })

  it('lets exactly one of ten instances have a peer id that they claim at once', async () => {
    const { directory, dispose } = await createRedisDirectory()
    const holders = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        directory.announce(nodeOf({ instance: `instance ${index}` }))
      )
    )
    const [winner] = await directory.list()

    expect(holders.filter((holder) => holder == null)).toHaveLength(1)
    expect(new Set(holders.flatMap((holder) => holder?.instance ?? []))).toEqual(
      new Set([winner?.instance])
    )

    await dispose()
  })

  it('removes nodes that are gone when another is announced', async () => {
    const { directory, admin, key, advance, dispose } = await createRedisDirectory()

    await directory.announce(nodeOf({ peerId: 'gone' }))
    await advance(NODE_EXPIRY_MS / 2)
    await directory.announce(nodeOf({ peerId: 'here' }))
    await advance(NODE_EXPIRY_MS / 2)
    const before = await admin.hkeys(key)

    await directory.announce(nodeOf({ peerId: 'new' }))

    expect(before.toSorted()).toEqual(['gone', 'here'])
    expect((await admin.hkeys(key)).toSorted()).toEqual(['here', 'new'])

    await dispose()
  })

  it('leaves nothing behind when no node is left', async () => {
    const { directory, admin, key, dispose } = await createRedisDirectory()

    await directory.announce(nodeOf())

    expect(await admin.pttl(key)).toSatisfy((ms: number) => ms > 5000 && ms <= NODE_EXPIRY_MS)

    await dispose()
  })

  it('never writes to list', async () => {
    const { directory, admin, key, advance, dispose } = await createRedisDirectory()

    await directory.announce(nodeOf({ peerId: 'gone' }))
    await advance(NODE_EXPIRY_MS / 2)
    await directory.announce(nodeOf())
    await advance(NODE_EXPIRY_MS / 2)
    const before = await admin.hgetallBuffer(key)

    await directory.list()

    expect(await admin.hgetallBuffer(key)).toEqual(before)

    await dispose()
  })

  it('agrees on the settings again at each announcement', async () => {
    const { directory, admin, prefix, dispose } = await createRedisDirectory()

    await directory.announce(nodeOf())
    await admin.del(`${prefix}config`)
    await directory.announce(nodeOf())

    expect(await admin.hget(`${prefix}config`, 'cluster-name')).toBe('rendezvous')

    await dispose()
  })

  it('is unavailable, and says nothing else, while Redis is away', async () => {
    const { directory, connection, dispose } = await createRedisDirectory()

    connection.close()

    await expect(directory.announce(nodeOf())).rejects.toBeInstanceOf(UnavailableError)
    await expect(directory.withdraw(nodeOf())).rejects.toBeInstanceOf(UnavailableError)
    await expect(directory.list()).rejects.toBeInstanceOf(UnavailableError)

    await dispose()
  })

  /** A directory under a prefix of its own, unless it is told another's. */
  async function createRedisDirectory(prefix = `test:directory:${crypto.randomUUID()}:`) {
    const connection = new RedisConnection({ url: url() })
    const admin = new Redis(url())
    const settings = new ClusterSettings(connection, { keyPrefix: prefix })
    const key = `${prefix}nodes`

    await connection.open(5000)

    return {
      directory: new RedisDirectory(connection, settings, prefix),
      connection,
      admin,
      prefix,
      key,
      async advance(ms: number) {
        await admin.eval(AGE, 1, key, ms)
      },
      async dispose() {
        await admin.del(key, `${prefix}config`)
        admin.disconnect()
        connection.close()
      }
    }
  }
})
