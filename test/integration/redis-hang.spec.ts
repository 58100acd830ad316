import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'

const OK = 0
const E_UNAVAILABLE = 400

const HANG_MS = 10_000
const CLIENTS = 5

/** A command that was sent before the hang runs after it, and no sooner. */
const SETTLED_MS = 2000

describeWithRedisServer('a front node whose Redis hangs for ten seconds', (binary) => {
  let redis: RedisServer
  let front: TestFrontNode
  let clients: TestClient[]

  beforeEach(async () => {
    redis = await startRedisServer({ binary })
    front = await startTestFrontNode({ store: redis.url })
    clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => connectTestClient(front.point))
    )
  })

  afterEach(async () => {
    redis.resume()
    await Promise.all(clients.map((client) => client.stop()))
    await front.stop()
    await redis.stop()
  })

  it('lets nothing come alive that it refused, keeps connections and stays ready', async () => {
    const statusOf = new Map<string, number>()
    const requests: Promise<void>[] = []
    const readiness: number[] = []
    const untilMs = performance.now() + HANG_MS

    redis.suspend()

    while (performance.now() < untilMs) {
      for (const client of clients) {
        // A namespace for each, so that what comes alive tells which request it was.
        const namespace = `hang ${statusOf.size}`

        statusOf.set(namespace, -1)
        requests.push(
          client.register(namespace).then((status) => {
            statusOf.set(namespace, status)
          })
        )
      }

      readiness.push((await fetch(`${front.sidecar}/readyz`)).status)
      await delay(100)
    }

    redis.resume()
    await Promise.all(requests)
    await expect.poll(() => (clients[0] as TestClient).register('after')).toBe(OK)
    await delay(SETTLED_MS)

    for (const [namespace, status] of statusOf) {
      const found = await (clients[0] as TestClient).find(namespace)

      expect([status, found]).toEqual(
        status === OK ? [OK, [expect.any(String)]] : [E_UNAVAILABLE, []]
      )
    }

    expect(statusOf.size).toBeGreaterThan(100)
    expect(
      [...statusOf.values()].filter((status) => status === E_UNAVAILABLE).length
    ).toBeGreaterThan(100)
    expect(new Set(readiness)).toEqual(new Set([200]))
    expect(clients.map(({ connection }) => connection.status)).toEqual(clients.map(() => 'open'))
  }, 60_000)
})
