import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'
import { createTestPeer } from '../support/test-peer.ts'

const OK = 0
const E_NOT_AUTHORIZED = 200
const E_UNAVAILABLE = 400

/** Requests under way on one connection, below the limit of streams. */
const STREAMS = 15

describeWithRedisServer('two front nodes on one Redis, at a cap', (binary) => {
  let redis: RedisServer
  let fronts: TestFrontNode[]
  let clients: TestClient[]
  let folder: string

  beforeEach(async () => {
    redis = await startRedisServer({ binary })
    folder = await mkdtemp(join(tmpdir(), 'rendezvous-caps-'))
    fronts = []
    clients = []
  })

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.stop()))
    await Promise.all(fronts.map((front) => front.stop()))
    await redis.stop()
    await rm(folder, { recursive: true })
  })

  async function startFronts(
    flags: Record<string, string>
  ): Promise<[TestFrontNode, TestFrontNode]> {
    fronts = [
      await startTestFrontNode({ store: redis.url, ...flags }),
      await startTestFrontNode({ store: redis.url, ...flags })
    ]

    return fronts as [TestFrontNode, TestFrontNode]
  }

  async function connect(front: TestFrontNode, key?: PrivateKey): Promise<TestClient> {
    const client = await connectTestClient(front.point, await createTestPeer(key))

    clients.push(client)

    return client
  }

  /** Sends all at once: a connection may carry so many streams, and half of them go to each node. */
  async function registerAtOnce(namespaces: string[], key?: PrivateKey): Promise<number[]> {
    const connections: TestClient[] = []

    for (let index = 0; index < namespaces.length / STREAMS; index++) {
      connections.push(await connect(fronts[index % fronts.length] as TestFrontNode, key))
    }

    return Promise.all(
      namespaces.map((namespace, index) =>
        (connections[Math.floor(index / STREAMS)] as TestClient).register(namespace)
      )
    )
  }

  it('accept exactly as many of 200 REGISTERs of one peer as it may have', async () => {
    await startFronts({ 'max-registrations-per-peer': '100' })

    const key = await generateKeyPair('Ed25519')
    const namespaces = Array.from({ length: 200 }, (_, index) => `race ${index}`)
    const statuses = await registerAtOnce(namespaces, key)
    const refreshed = await registerAtOnce(
      namespaces.filter((_, index) => statuses[index] === OK),
      key
    )

    expect(statuses.filter((status) => status === OK)).toHaveLength(100)
    expect(statuses.filter((status) => status === E_NOT_AUTHORIZED)).toHaveLength(100)
    expect(new Set(refreshed)).toEqual(new Set([OK]))
  })

  it('accept no more namespaces of many peers than there may be, and not fewer', async () => {
    await startFronts({ 'max-namespaces': '30' })

    const statuses = await registerAtOnce(
      Array.from({ length: 80 }, (_, index) => `namespace ${index}`)
    )

    expect(statuses.filter((status) => status === OK)).toHaveLength(30)
    expect(statuses.filter((status) => status === E_UNAVAILABLE)).toHaveLength(50)
  })

  it('go by the policy file for a namespace that it names', async () => {
    const policy = join(folder, 'policy.yaml')

    await writeFile(policy, 'namespaces:\n  - match: small/*\n    max-registrations: 2\n')
    await startFronts({ 'policy-file': policy })

    const peers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => connect(fronts[index % 2] as TestFrontNode))
    )
    const small = await Promise.all(peers.map((peer) => peer.register('small/one')))
    const large = await Promise.all(peers.map((peer) => peer.register('large')))
    const metrics = await Promise.all(
      fronts.map(async ({ sidecar }) => (await fetch(`${sidecar}/metrics`)).text())
    )

    expect(small.toSorted()).toEqual([OK, OK, E_UNAVAILABLE, E_UNAVAILABLE, E_UNAVAILABLE])
    expect(new Set(large)).toEqual(new Set([OK]))
    expect(metrics.join()).toMatch(/rendezvous_rejected_total\{reason="cap-namespace"\} [1-9]/)
  })

  describe('of an IP prefix', () => {
    const cap = { 'max-registrations-per-prefix': '5' }
    const limited = { ...cap, 'limit-private-sources': 'true' }

    async function connectMany(count: number): Promise<TestClient[]> {
      return Promise.all(
        Array.from({ length: count }, (_, index) => connect(fronts[index % 2] as TestFrontNode))
      )
    }

    it('accept exactly so many peers, and refreshes of those', async () => {
      await startFronts(limited)

      const peers = await connectMany(12)
      const statuses = await Promise.all(peers.map((peer) => peer.register('news')))
      const accepted = peers.filter((_, index) => statuses[index] === OK)
      const refreshed = await Promise.all(accepted.map((peer) => peer.register('news')))
      const elsewhere = await Promise.all(peers.slice(0, 5).map((peer) => peer.register('sports')))
      const metrics = await Promise.all(
        fronts.map(async ({ sidecar }) => (await fetch(`${sidecar}/metrics`)).text())
      )

      expect(accepted).toHaveLength(5)
      expect(statuses.filter((status) => status === E_UNAVAILABLE)).toHaveLength(7)
      expect(new Set([...refreshed, ...elsewhere])).toEqual(new Set([OK]))
      expect(metrics.join()).toMatch(/rendezvous_rejected_total\{reason="cap-prefix"\} [1-9]/)
    })

    it('hold no private address to it without being told', async () => {
      await startFronts(cap)

      const statuses = await Promise.all(
        (await connectMany(12)).map((peer) => peer.register('news'))
      )

      expect(new Set(statuses)).toEqual(new Set([OK]))
    })

    it('count what a node without it accepts', async () => {
      fronts = [await startTestFrontNode({ store: redis.url, ...limited })]
      fronts.push(await startTestFrontNode({ store: redis.url, 'limit-private-sources': 'true' }))

      const peers = await connectMany(14)
      const [held, free] = [0, 1].map((node) => peers.filter((_, index) => index % 2 === node))
      const accepted = await Promise.all((free ?? []).map((peer) => peer.register('news')))
      const refused = await Promise.all((held ?? []).map((peer) => peer.register('news')))

      expect(new Set(accepted)).toEqual(new Set([OK]))
      expect(new Set(refused)).toEqual(new Set([E_UNAVAILABLE]))
    })
  })

  it('leave Redis with as many keys as before once all registrations are over', async () => {
    const redisClient = new Redis(redis.url)
    const [one] = await startFronts({})
    const client = await connect(one)
    const ofTheCluster = ['rdv:v1:config', 'rdv:v1:nodes']

    await expect.poll(() => redisClient.dbsize()).toBe(ofTheCluster.length)

    await Promise.all(
      Array.from({ length: STREAMS }, (_, index) => client.register(`short ${index}`, 1))
    )

    const during = await redisClient.dbsize()

    // Reservations outlive their registrations by the longest: make that time pass.
    for (const key of await redisClient.keys('rdv:v1:{p:*')) {
      await redisClient.pexpire(key, 1)
    }

    await expect
      .poll(() => redisClient.dbsize(), { timeout: 15_000, interval: 100 })
      .toBe(ofTheCluster.length)
    expect((await redisClient.keys('*')).sort()).toEqual(ofTheCluster)
    expect(during).toBeGreaterThan(2 * STREAMS)
    redisClient.disconnect()
  }, 30_000)
})
