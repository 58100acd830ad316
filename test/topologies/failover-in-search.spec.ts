import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RedisConnection } from '../../libs/stores/src/redis/redis-connection.ts'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { type RedisTopology, startTopology } from '../support/redis-topology.ts'

/** What ioredis does not show: how it asks a Sentinel, and what hears that another primary took over. */
interface Connector {
  resolve(sentinel: unknown): Promise<unknown>
  failoverDetector?: { isDisconnected: boolean }
}

describeWithRedisServer('a failover', (binary) => {
  let topology: RedisTopology
  let connection: RedisConnection

  beforeEach(async () => {
    topology = await startTopology('sentinel', { binary })
    connection = new RedisConnection({ url: topology.url })
    await connection.open(10_000)
  })

  afterEach(async () => {
    vi.restoreAllMocks()
    connection.close()
    await topology.stop()
  })

  it('that is told of while the primary is looked for keeps nobody from finding it', async () => {
    const { connector, stream } = connection.client as unknown as {
      connector: Connector
      stream: { destroy(): void }
    }

    await expect.poll(() => connector.failoverDetector).toBeDefined()

    const detector = connector.failoverDetector as { isDisconnected: boolean }
    const resolve = connector.resolve.bind(connector)

    // An answer that takes as long as the failover does.
    vi.spyOn(connector, 'resolve').mockImplementationOnce(async (sentinel) => {
      const answer = await resolve(sentinel)

      await topology.failover()
      await expect.poll(() => detector.isDisconnected).toBe(true)

      return answer
    })
    stream.destroy()

    await expect.poll(() => detector.isDisconnected).toBe(true)
    await expect.poll(() => connection.client.status).toBe('ready')
    expect(await connection.client.role()).toContain('master')
  })

  it('does not bring back a connection that was closed', async () => {
    connection.close()
    await expect.poll(() => connection.client.status).toBe('end')
    await topology.failover()

    expect(connection.client.status).toBe('end')
  })
})
