import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'

const OK = 0
const E_UNAVAILABLE = 400

/** How long the front node may take to answer, whatever the store does, in milliseconds. */
const REQUEST_DEADLINE_MS = 3000

/** How long it may take to serve again once Redis is back, in milliseconds. */
const RECOVERY_MS = 2000

describeWithRedisServer('a front node whose Redis fails', (binary) => {
  let redis: RedisServer
  let front: TestFrontNode
  let client: TestClient

  beforeEach(async () => {
    redis = await startRedisServer({ binary })
    front = await startTestFrontNode({ store: redis.url })
    client = await connectTestClient(front.point)
  })

  afterEach(async () => {
    await client.stop()
    await front.stop()
    await redis.stop()
  })

  async function timed<T>(request: Promise<T>): Promise<{ answer: T; ms: number }> {
    const startedAtMs = performance.now()
    const answer = await request

    return { answer, ms: performance.now() - startedAtMs }
  }

  async function expectRecovery(): Promise<void> {
    await expect
      .poll(() => client.register('recovery'), { timeout: RECOVERY_MS, interval: 20 })
      .toBe(OK)
    expect(await client.find('recovery')).toEqual([client.peer.node.peerId.toString()])
  }

  it('answers E_UNAVAILABLE while Redis is gone, and recovers without a restart', async () => {
    await client.register('before')
    await redis.kill()

    const register = await timed(client.register('during'))
    const discover = await timed(client.find('before'))

    await redis.restart()
    await expectRecovery()

    expect([register.answer, discover.answer]).toEqual([E_UNAVAILABLE, E_UNAVAILABLE])
    expect(Math.max(register.ms, discover.ms)).toBeLessThan(REQUEST_DEADLINE_MS)
    expect(client.connection.status).toBe('open')
  })

  it('answers E_UNAVAILABLE while Redis hangs, and what it refused does not come alive', async () => {
    redis.suspend()

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => timed(client.register('hang')))
    )

    redis.resume()
    await expectRecovery()

    expect(new Set(answers.map(({ answer }) => answer))).toEqual(new Set([E_UNAVAILABLE]))
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(REQUEST_DEADLINE_MS)
    expect(await client.find('hang')).toEqual([])
    expect(client.connection.status).toBe('open')
  })

  it('stays alive and ready, and tells that the store is down', async () => {
    await redis.kill()
    await client.register('during')

    const livez = await fetch(`${front.sidecar}/livez`)
    const readyz = await fetch(`${front.sidecar}/readyz`)
    const verbose = await fetch(`${front.sidecar}/readyz?verbose`)
    const metrics = await (await fetch(`${front.sidecar}/metrics`)).text()

    expect([livez.status, readyz.status]).toEqual([200, 200])
    expect(await verbose.json()).toMatchObject({ ready: true, store: { kind: 'redis', up: false } })
    expect(metrics).toMatch(/^rendezvous_store_up 0$/m)
    expect(metrics).toMatch(/^rendezvous_store_errors_total\{kind="connection"\} [1-9]/m)
  })

  it('starts without Redis, and serves once it is there', async () => {
    await client.stop()
    await front.stop()
    await redis.kill()

    front = await startTestFrontNode({ store: redis.url })
    client = await connectTestClient(front.point)

    const { answer, ms } = await timed(client.register('early'))

    await redis.restart()
    await expectRecovery()

    expect(answer).toBe(E_UNAVAILABLE)
    expect(ms).toBeLessThan(REQUEST_DEADLINE_MS)
  })
})

describeWithRedisServer('a Redis that a front node cannot use', (binary) => {
  it('ends the start with a line that names the cure: wrong password', async () => {
    const redis = await startRedisServer({ binary, args: ['--requirepass', 'right'] })

    try {
      const withPassword = (password: string): string =>
        `redis://:${password}@127.0.0.1:${redis.port}`

      await expect(startTestFrontNode({ store: withPassword('wrong') })).rejects.toThrow(
        'Redis refuses the user name or password:'
      )
      await expect(
        startTestFrontNode({ store: `redis://127.0.0.1:${redis.port}` })
      ).rejects.toThrow('Redis wants a password')

      const front = await startTestFrontNode({ store: withPassword('right') })

      expect(front.node.status().store.up).toBe(true)
      await front.stop()
    } finally {
      await redis.stop()
    }
  })
})
