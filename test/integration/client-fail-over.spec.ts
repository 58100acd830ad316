import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ServingCli, serveCli } from '../support/cli.ts'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { createRendezvousNode, findPeers, type RendezvousNode } from '../support/rendezvous-node.ts'

const PEERS = 8

/** Short, so that a registration which is not refreshed ends while it is looked for. */
const TTL_SECONDS = 2
const GRACE_SECONDS = 2

const MOVED_WITHIN_MS = 5000
const CHECK_MS = 100

describeWithRedisServer('clients that know one of two front nodes', (binary) => {
  const namespace = 'news'
  let redis: RedisServer
  let fronts: ServingCli[]
  let nodes: RendezvousNode[]

  beforeEach(async () => {
    redis = await startRedisServer({ binary })
    fronts = await Promise.all([serve(), serve()])
    await Promise.all(fronts.map(knowsBothNodes))
    nodes = []
  })

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await Promise.all(fronts.map((front) => front.kill()))
    await redis.stop()
  })

  const serve = (): Promise<ServingCli> => serveCli(['--store', redis.url])

  async function start(point: string): Promise<RendezvousNode> {
    const node = await createRendezvousNode({ points: [point], ttlSeconds: TTL_SECONDS })

    nodes.push(node)

    return node
  }

  const currentPoint = ({ services }: RendezvousNode): string | undefined =>
    services.rendezvous.points.find(({ isCurrent }) => isCurrent)?.peerId

  it('learn the other from it', async () => {
    const [a, b] = fronts as [ServingCli, ServingCli]
    const node = await start(a.point)

    await node.services.rendezvous.register(namespace)

    await expect
      .poll(() => node.services.rendezvous.points.map(({ peerId, source }) => [source, peerId]))
      .toEqual([
        ['configured', a.peerId],
        ['learned', b.peerId]
      ])
  })

  it('move to the other when it is killed, and are found all the time', async () => {
    const [a, b] = fronts as [ServingCli, ServingCli]
    const observer = await start(b.point)
    const peers = await Promise.all(Array.from({ length: PEERS }, () => start(a.point)))
    const peerIds = peers.map(({ peerId }) => peerId.toString()).sort()

    await Promise.all(peers.map(({ services }) => services.rendezvous.register(namespace)))
    await expect.poll(() => peers.every(knowsTwoPoints)).toBe(true)
    await expect.poll(() => findPeers(observer, namespace)).toEqual(peerIds)
    expect(peers.map(currentPoint)).toEqual(peers.map(() => a.peerId))

    const killedAtMs = performance.now()

    a.process.kill('SIGKILL')

    // As long as any registration lives that nobody refreshes.
    const untilMs = killedAtMs + MOVED_WITHIN_MS + (TTL_SECONDS + GRACE_SECONDS) * 1000
    let movedAtMs: number | undefined

    while (performance.now() < untilMs) {
      expect(await findPeers(observer, namespace)).toEqual(peerIds)

      if (peers.every((peer) => currentPoint(peer) === b.peerId)) {
        movedAtMs ??= performance.now()
      }

      await delay(CHECK_MS)
    }

    expect((movedAtMs ?? Number.POSITIVE_INFINITY) - killedAtMs).toBeLessThan(MOVED_WITHIN_MS)
    expect(peers.flatMap(({ services }) => services.rendezvous.registrations)).toMatchObject(
      peers.map(() => ({ state: { status: 'active' } }))
    )
  })

  it('are gone from both at once when they stop', async () => {
    const [a, b] = fronts as [ServingCli, ServingCli]
    const observer = await start(b.point)
    const peer = await start(a.point)

    await peer.services.rendezvous.register(namespace, { ttlSeconds: 7200 })
    await expect.poll(() => findPeers(observer, namespace)).toEqual([peer.peerId.toString()])
    await peer.stop()

    await expect.poll(() => findPeers(observer, namespace)).toEqual([])
  })
})

/** Waits until a front node has seen the other. */
async function knowsBothNodes({ sidecar }: ServingCli): Promise<void> {
  await expect
    .poll(async () => (await fetch(`${sidecar}/api/v1/cluster`)).json())
    .toMatchObject({ nodes: [{}, {}] })
}

function knowsTwoPoints({ services }: RendezvousNode): boolean {
  return services.rendezvous.points.length === 2
}
