import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedis } from '../support/describe-with-redis.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { useRedisUrl } from '../support/redis-url.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'

describeWithRedis('two front nodes on one Redis', (redis) => {
  const url = useRedisUrl(redis)
  let a: TestFrontNode
  let b: TestFrontNode
  let atA: TestClient
  let atB: TestClient

  beforeEach(async () => {
    ;[a, b] = await Promise.all([
      startTestFrontNode({ store: url() }),
      startTestFrontNode({ store: url() })
    ])
    ;[atA, atB] = await Promise.all([connectTestClient(a.point), connectTestClient(b.point)])
  })

  afterEach(async () => {
    await Promise.all([atA.stop(), atB.stop()])
    await Promise.all([a.stop(), b.stop()])
  })

  it('have peer ids of their own', () => {
    expect(a.node.status().peerId).not.toBe(b.node.status().peerId)
  })

  it('answer for each other: whoever asks 100 ms later finds it, whatever was asked before', async () => {
    const namespace = `both ways ${Date.now()}`

    await atB.find(namespace)
    await atA.register(namespace)
    await delay(100)

    expect(await atB.find(namespace)).toEqual([atA.peer.node.peerId.toString()])
  })

  it('keep what was registered through a node that is gone', async () => {
    const namespace = `survivor ${Date.now()}`

    await atA.register(namespace)
    await a.stop()

    await expect
      .poll(() => atB.find(namespace), { interval: 5 })
      .toEqual([atA.peer.node.peerId.toString()])
  })

  it('tell how they read Redis, and what their copies hold', async () => {
    const namespace = `copied ${Date.now()}`

    await atA.register(namespace)
    await atB.find(namespace)
    await atB.find(namespace)

    const metrics = await (await fetch(`${b.sidecar}/metrics`)).text()

    expect(metrics).toMatch(/^rendezvous_namespace_reads_total\{read="all"\} 1$/m)
    expect(metrics).toMatch(/^rendezvous_copied_registrations 1$/m)
    expect(metrics).toMatch(/^rendezvous_copied_bytes [1-9]/m)
  })

  it('take a refresh through another node than before as one registration', async () => {
    const namespace = `refresh ${Date.now()}`
    const samePeerAtB = await connectTestClient(b.point, atA.peer)

    await atA.register(namespace, 5)
    await samePeerAtB.register(namespace, 20)

    await expect
      .poll(async () => (await atA.discover(namespace)).map(({ ttlSeconds }) => ttlSeconds > 5), {
        interval: 5
      })
      .toEqual([true])
  })
})
