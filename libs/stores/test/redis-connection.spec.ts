import calculateSlot from 'cluster-key-slot'
import type { Cluster } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RedisConnection } from '../src/redis/redis-connection.ts'
import type { ServerTime } from '../src/redis/scripts.ts'

const KEY = 'key'

/** Not connected: which server has which slot is what ioredis would have been told. */
describe('a connection to a Cluster', () => {
  let connection: RedisConnection
  let cluster: Cluster
  let ups: boolean[]

  beforeEach(() => {
    ups = []
    connection = new RedisConnection({
      url: 'redis+cluster://127.0.0.1:1',
      onUp: (up) => ups.push(up)
    })
    cluster = connection.client as unknown as Cluster
  })

  afterEach(() => {
    connection.close()
  })

  function give(key: string, server: string): void {
    cluster.slots[calculateSlot(key)] = [server]
  }

  it('notes the time of the server that has answered, though the key has moved on the way', async () => {
    give(KEY, 'a:1')
    const before = connection.shardOf(KEY)

    await connection.readTimed(KEY, async (): Promise<ServerTime> => {
      give(KEY, 'b:1')

      return ['1000', '0']
    })

    expect(before.clock.isKnown).toBe(false)
    expect(connection.shardOf(KEY).clock.earliest()).toBeCloseTo(1_000_000, -3)
  })

  it('is up once the slots of a server that is away have gone to others', () => {
    give(KEY, 'a:1')
    give('other', 'b:1')
    connection.shardOf('other').note(true)
    connection.shardOf(KEY).note(false)
    give(KEY, 'b:1')
    cluster.emit('refresh')

    expect(ups).toEqual([true, false, true])
  })
})
