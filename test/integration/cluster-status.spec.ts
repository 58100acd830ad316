import type { StatusOverview } from '@rendezvous-cluster/sidecar'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'

/** Nodes tell of themselves each 3 seconds. */
const POLL = { timeout: 15_000, interval: 200 }

describeWithRedisServer('the status of a cluster', (binary) => {
  let redis: RedisServer
  let fronts: TestFrontNode[]
  let clients: TestClient[]

  beforeEach(async () => {
    redis = await startRedisServer({ binary })
    fronts = await Promise.all([0, 1].map(() => startTestFrontNode({ store: redis.url })))
    clients = await Promise.all(
      fronts.map(({ point }) => connectTestClient(point, undefined, { dialect: 'libp2p' }))
    )
  })

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.stop()))
    await Promise.all(fronts.map((front) => front.stop()))
    await redis.stop()
  })

  async function statusAt(front: number): Promise<StatusOverview> {
    const response = await fetch(`${fronts[front]?.sidecar}/api/v1/status`)

    return (await response.json()) as StatusOverview
  }

  it('is the same whichever node is asked, and counts each node once', async () => {
    const busy = setInterval(() => {
      // What is under way at the end is given up.
      clients[0]?.register('status').catch(() => {})
      clients[1]?.discover('status').catch(() => {})
    }, 20)

    try {
      for (const front of [0, 1]) {
        await expect
          .poll(async () => {
            const { requests } = await statusAt(front)

            return requests.map(({ type, status }) => `${type} ${status}`).sort()
          }, POLL)
          .toEqual(['discover OK', 'register OK'])
      }

      for (const front of [0, 1]) {
        const { connections, nodes, requestsPerSecond, p99Ms, store } = await statusAt(front)

        expect(connections).toBe(2)
        expect(nodes.map(({ connections: each }) => each)).toEqual([1, 1])
        expect(nodes.filter(({ self }) => self)).toEqual([
          expect.objectContaining({ peerId: fronts[front]?.node.status().peerId, silent: false })
        ])
        expect(requestsPerSecond).toBeGreaterThan(0)
        expect(p99Ms).toBeGreaterThan(0)
        expect(store).toMatchObject({ kind: 'redis', up: true, errors: [] })
        expect(store.operationsPerSecond).toBeGreaterThan(0)
      }
    } finally {
      clearInterval(busy)
    }
  })

  it('tells of registrations, and of what it was like before', async () => {
    await clients[0]?.register('one', 60)
    await clients[1]?.register('two', 60)

    await expect
      .poll(async () => {
        const { registrations, namespaces, history } = await statusAt(0)

        return [registrations, namespaces, history.at(-1)?.registrations]
      }, POLL)
      .toEqual([2, 2, 2])
  })

  it('tells of namespaces that the operator has named, whichever node they are registered at', async () => {
    const showing = await startTestFrontNode({
      store: redis.url,
      'show-namespaces': ['one', 'none']
    })
    const namespacesAt = async ({ sidecar }: TestFrontNode) =>
      (await fetch(`${sidecar}/api/v1/namespaces`)).json()

    fronts.push(showing)
    await clients[0]?.register('one', 60)
    await clients[1]?.register('two', 60)

    expect(await namespacesAt(showing)).toEqual({
      namespaces: [
        { namespace: 'one', registrations: 1 },
        { namespace: 'none', registrations: 0 }
      ]
    })
    expect(await namespacesAt(fronts[0] as TestFrontNode)).toEqual({ namespaces: [] })
  })

  it('names no peer, address or namespace', async () => {
    await clients[0]?.register('a-namespace-of-somebody', 60)

    const before = (await statusAt(0)).history.length

    await expect.poll(async () => (await statusAt(0)).history.length, POLL).toBeGreaterThan(before)

    const { nodes: _nodes, ...rest } = await statusAt(0)
    const text = JSON.stringify(rest)

    expect(text).not.toContain('a-namespace-of-somebody')
    expect(text).not.toContain(clients[0]?.peer.node.peerId.toString())
    expect(text).not.toContain('127.0.0.1')
  })
})
