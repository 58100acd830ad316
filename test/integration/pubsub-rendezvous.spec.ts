import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import {
  type PubSubRendezvousInit,
  pubsubRendezvous,
  rendezvousClient
} from '@rendezvous-cluster/client'
import { createLibp2p } from 'libp2p'
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { createRendezvousNode, findPeers, type RendezvousNode } from '../support/rendezvous-node.ts'

const topic = 'news'

describe('gossipsub with a rendezvous point', () => {
  let folder: string
  let front: TestFrontNode
  let nodes: Awaited<ReturnType<typeof createPubSubNode>>[]
  let observer: RendezvousNode

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rendezvous-pubsub-'))
    front = await startFront()
    nodes = []
    observer = await createRendezvousNode({ points: [front.point] })
  })

  afterEach(async () => {
    await Promise.all([...nodes, observer].map((node) => node.stop()))
    await front.stop()
    await rm(folder, { recursive: true })
  })

  /** With the same peer id each time. */
  function startFront(flags: Record<string, string> = {}): Promise<TestFrontNode> {
    return startTestFrontNode({ 'key-file': join(folder, 'key'), ...flags })
  }

  function createPubSubNode(init: PubSubRendezvousInit = {}) {
    return createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        // Before the services that it needs: the order is of no account.
        topicDiscovery: pubsubRendezvous(init),
        identify: identify(),
        pubsub: gossipsub(),
        rendezvous: rendezvousClient({ points: [front.point] })
      }
    })
  }

  async function start(init?: PubSubRendezvousInit) {
    const node = await createPubSubNode(init)

    nodes.push(node)

    return node
  }

  it('connects those who subscribe to one topic, who then hear each other', async () => {
    const [alice, bob, carol] = [await start(), await start(), await start()]
    const heard: string[] = []

    for (const { services } of [alice, bob]) {
      services.pubsub.subscribe(topic)
      services.pubsub.addEventListener('message', ({ detail }) => {
        heard.push(new TextDecoder().decode(detail.data))
      })
    }

    carol.services.pubsub.subscribe('something else')
    await alice.services.topicDiscovery.ready(topic, { peers: 1 })
    await bob.services.topicDiscovery.ready(topic, { peers: 1 })
    await alice.services.pubsub.publish(topic, new TextEncoder().encode('hello'))

    await expect.poll(() => heard).toEqual(['hello'])
    expect(alice.getPeers().map(String)).not.toContain(carol.peerId.toString())
  })

  it('is not ready with a peer to whom there is no stream yet: a message would be lost', async () => {
    const [alice, bob] = [await start(), await start()]
    const { pubsub, topicDiscovery } = alice.services
    // It has them, though its type does not tell.
    const { streamsOutbound } = pubsub as unknown as { streamsOutbound: Map<string, unknown> }
    const has = vi.spyOn(streamsOutbound, 'has').mockReturnValue(false)

    pubsub.subscribe(topic)
    bob.services.pubsub.subscribe(topic)
    await expect.poll(() => pubsub.getSubscribers(topic).length).toBe(1)

    const ready = topicDiscovery.ready(topic)
    const isEarly = await Promise.race([ready.then(() => true), looked(has, 2).then(() => false)])

    has.mockRestore()
    await ready

    expect(isEarly).toBe(false)
  })

  it('registers a topic as Go does while it is subscribed to, and no longer', async () => {
    const node = await start()

    node.services.pubsub.subscribe(topic)
    await expect.poll(() => findPeers(observer, `floodsub:${topic}`)).toEqual([String(node.peerId)])
    expect(node.services.topicDiscovery.topics).toMatchObject([
      { topic, peers: 0, isSatisfied: false, registrations: [{ state: { ttlSeconds: 120 } }] }
    ])
    node.services.pubsub.unsubscribe(topic)

    await expect.poll(() => findPeers(observer, `floodsub:${topic}`)).toEqual([])
    expect(node.services.topicDiscovery.topics).toEqual([])
    expect(node.services.rendezvous.registrations).toEqual([])
  })

  it('registers under whatever namespace a topic is given', async () => {
    const node = await start({ namespace: (name) => `/waku/2/rs/1/${name}`, ttlSeconds: 30 })

    node.services.pubsub.subscribe('7')

    await expect.poll(() => findPeers(observer, '/waku/2/rs/1/7')).toEqual([String(node.peerId)])
  })

  it('stays registered under a namespace until the last of its topics is left', async () => {
    const node = await start({ namespace: () => 'shard' })
    const { pubsub, topicDiscovery, rendezvous } = node.services
    const topics = () => topicDiscovery.topics.map((status) => status.topic)

    pubsub.subscribe('one')
    pubsub.subscribe('other')
    await expect.poll(() => findPeers(observer, 'shard')).toEqual([String(node.peerId)])
    pubsub.unsubscribe('one')
    await expect.poll(topics).toEqual(['other'])

    expect(topicDiscovery.topics).toMatchObject([{ registrations: [{}] }])
    expect(rendezvous.registrations).toMatchObject([{ state: { status: 'active' } }])

    pubsub.unsubscribe('other')
    await expect.poll(topics).toEqual([])
    expect(rendezvous.registrations).toEqual([])
  })

  it('registers its other topics though one has no namespace, and that one once it has', async () => {
    let isThere = false
    const node = await start({
      namespace(name) {
        if (name === 'late' && !isThere) {
          throw new Error('no shard')
        }

        return name
      }
    })

    node.services.pubsub.subscribe('late')
    node.services.pubsub.subscribe(topic)
    await expect.poll(() => findPeers(observer, topic)).toEqual([String(node.peerId)])
    isThere = true

    await expect.poll(() => findPeers(observer, 'late')).toEqual([String(node.peerId)])
  })

  it('stops looking when it has as many peers as wanted', async () => {
    const [alice, bob] = [await start({ minPeers: 1 }), await start({ minPeers: 1 })]

    alice.services.pubsub.subscribe(topic)
    bob.services.pubsub.subscribe(topic)
    await alice.services.topicDiscovery.ready(topic)

    expect(alice.services.topicDiscovery.topics).toMatchObject([{ isSatisfied: true, peers: 1 }])
  })

  it('waits for peers no longer than its signal, nor than libp2p runs', async () => {
    const node = await start()
    const signal = AbortSignal.abort(new Error('enough'))

    const endless = node.services.topicDiscovery.ready(topic)
    const cut = node.services.topicDiscovery.ready(topic, { signal })

    await expect(cut).rejects.toThrow('enough')
    await Promise.all([
      expect(endless).rejects.toMatchObject({ name: 'NotStartedError' }),
      node.stop()
    ])
    await expect(node.services.topicDiscovery.ready(topic)).rejects.toMatchObject({
      name: 'NotStartedError'
    })
  })

  it('goes on looking after its point has been away', async () => {
    const alice = await start()

    alice.services.pubsub.subscribe(topic)
    await expect.poll(() => findPeers(observer, `floodsub:${topic}`)).toHaveLength(1)

    const [address] = front.node.status().multiaddrs as [string]
    const listen = address.replace(/\/p2p\/.*/, '')

    await front.stop()
    await expect
      .poll(() => alice.services.topicDiscovery.topics[0]?.lastError?.message)
      .toMatch(/^no rendezvous point answered: /)
    front = await startFront({ listen })
    const bob = await start()

    bob.services.pubsub.subscribe(topic)

    await alice.services.topicDiscovery.ready(topic, { signal: AbortSignal.timeout(15_000) })
  })

  it.each([
    ['pubsub', { pubsub: 'gossip' }],
    ['rendezvous', { rendezvous: 'points' }]
  ])('says which service it lacks: %s', async (_name, init) => {
    await expect(createPubSubNode(init)).rejects.toThrow(
      /^pubsubRendezvous needs a service named "(gossip|points)"/
    )
  })
})

/** Resolves once somebody has looked so many times more. */
async function looked(mock: Mock, times: number): Promise<void> {
  const before = mock.mock.calls.length

  await expect.poll(() => mock.mock.calls.length).toBeGreaterThanOrEqual(before + times)
}
