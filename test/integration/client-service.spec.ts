import type { PeerInfo } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import { multiaddr } from '@multiformats/multiaddr'
import { RefusedError, type RendezvousClientInit } from '@rendezvous-cluster/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { createRendezvousNode, findPeers, type RendezvousNode } from '../support/rendezvous-node.ts'

const namespace = 'news'

describe('the client as a libp2p service', () => {
  let fronts: TestFrontNode[]
  let nodes: RendezvousNode[]

  beforeEach(() => {
    fronts = []
    nodes = []
  })

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await Promise.all(fronts.map((front) => front.stop()))
  })

  async function startFront(flags: Record<string, string | string[]> = {}): Promise<TestFrontNode> {
    const front = await startTestFrontNode(flags)

    fronts.push(front)

    return front
  }

  async function startNode(
    points: TestFrontNode[],
    init: Partial<RendezvousClientInit> & { listen?: string[] } = {}
  ): Promise<RendezvousNode> {
    const node = await createRendezvousNode({ points: points.map(({ point }) => point), ...init })

    nodes.push(node)

    return node
  }

  const idsOf = (peers: RendezvousNode[]): string[] =>
    peers.map(({ peerId }) => peerId.toString()).sort()

  it('finds who has registered, and libp2p can dial them by their peer id', async () => {
    const front = await startFront()
    const [alice, bob] = [await startNode([front]), await startNode([front])]

    await alice.services.rendezvous.register(namespace)
    const found = await findPeers(bob, namespace)
    const { addresses, tags } = await bob.peerStore.get(alice.peerId)
    const connection = await bob.dial(alice.peerId)

    expect(found).toEqual(idsOf([alice]))
    expect(addresses).toMatchObject([{ isCertified: true }])
    expect(tags.get('rendezvous')).toMatchObject({ value: 50 })
    expect(connection.remotePeer.toString()).toBe(alice.peerId.toString())
  })

  it('does not find itself', async () => {
    const front = await startFront()
    const node = await startNode([front])

    await node.services.rendezvous.register(namespace)

    expect(await findPeers(node, namespace)).toEqual([])
  })

  it('registers and tells of peers by its options alone', async () => {
    const front = await startFront()
    const alice = await startNode([front], { register: [namespace] })
    const bob = await startNode([front], { discover: [namespace], watchIntervalMs: 20 })
    const told: PeerInfo[] = []

    bob.addEventListener('peer:discovery', ({ detail }) => told.push(detail))
    const carol = await startNode([front], { register: [namespace] })

    await expect.poll(() => told.map(({ id }) => id.toString())).toContain(carol.peerId.toString())
    await expect.poll(() => bob.peerStore.has(alice.peerId)).toBe(true)
  })

  it('shows peers as they come, each once', async () => {
    const front = await startFront()
    const watcher = await startNode([front], { watchIntervalMs: 20 })
    const seen: string[] = []
    const ended = new AbortController()
    const watching = (async () => {
      const { signal } = ended

      for await (const { peerId } of watcher.services.rendezvous.watch(namespace, { signal })) {
        seen.push(peerId.toString())
      }
    })()

    const alice = await startNode([front])

    // Refreshed all the time: a cookie shows it again and again.
    await alice.services.rendezvous.register(namespace, { ttlSeconds: 1 })
    await expect.poll(() => seen).toEqual(idsOf([alice]))
    const bob = await startNode([front])

    await bob.services.rendezvous.register(namespace)
    await expect.poll(() => seen.length).toBe(2)
    ended.abort(new Error('enough'))

    await expect(watching).rejects.toThrow('enough')
    expect(seen.sort()).toEqual(idsOf([alice, bob]))
  })

  it('has all of a namespace, each once, or as many as asked for', async () => {
    const front = await startFront()
    const reader = await startNode([front])
    const peers = await Promise.all(Array.from({ length: 5 }, () => startNode([front])))

    await Promise.all(peers.map(({ services }) => services.rendezvous.register(namespace)))
    const some: string[] = []

    for await (const { peerId } of reader.services.rendezvous.discover(namespace, { limit: 2 })) {
      some.push(peerId.toString())
    }

    expect(await findPeers(reader, namespace)).toEqual(idsOf(peers))
    expect(new Set(some).size).toBe(2)
  })

  it.each([
    ['waku', 20],
    ['libp2p', 7200],
    ['waku1', 60]
  ] as const)('speaks %s where a point speaks nothing else', async (protocols, ttlSeconds) => {
    const front = await startFront({ protocols })
    const [alice, bob] = [await startNode([front]), await startNode([front])]

    await alice.services.rendezvous.register(namespace)

    expect(alice.services.rendezvous.registrations).toMatchObject([
      { state: { status: 'active', ttlSeconds } }
    ])
    expect(alice.services.rendezvous.points).toMatchObject([{ dialect: protocols }])
    expect(await findPeers(bob, namespace)).toEqual(idsOf([alice]))
    expect((await bob.dial(alice.peerId)).status).toBe('open')
  })

  it('takes the lifetime of the point where it refuses the one asked for', async () => {
    const front = await startFront({ protocols: 'waku' })
    const node = await startNode([front])

    await node.services.rendezvous.register(namespace, { ttlSeconds: 3600 })

    expect(node.services.rendezvous.registrations).toMatchObject([
      { state: { status: 'active', ttlSeconds: 20 } }
    ])
  })

  it('is at several points that know nothing of each other', async () => {
    const [a, b] = [await startFront(), await startFront()]
    const both = await startNode([a, b], { fanout: 2 })
    const [atA, atB] = [await startNode([a]), await startNode([b])]

    await atA.services.rendezvous.register(namespace)
    await atB.services.rendezvous.register(namespace)
    await both.services.rendezvous.register(namespace)

    await expect
      .poll(() => both.services.rendezvous.registrations.map(({ state }) => state.status))
      .toEqual(['active', 'active'])
    expect(await findPeers(both, namespace)).toEqual(idsOf([atA, atB]))
    expect(await findPeers(atA, namespace)).toEqual(idsOf([both]))
    expect(await findPeers(atB, namespace)).toEqual(idsOf([both]))
  })

  it('is pending without an address, and registered as soon as it has one', async () => {
    const front = await startFront()
    const addresses: string[] = []
    const node = await startNode([front], {
      listen: [],
      addresses: () => addresses.map((address) => multiaddr(address))
    })
    const registered = node.services.rendezvous.register(namespace)

    await expect
      .poll(() => node.services.rendezvous.registrations)
      .toMatchObject([{ state: { status: 'pending', reason: 'no dialable address' } }])
    addresses.push('/ip4/192.0.2.1/tcp/4001')
    // What libp2p says when it has a new address.
    await node.peerStore.patch(node.peerId, { multiaddrs: [multiaddr(addresses[0] as string)] })

    await registered
    expect(node.services.rendezvous.registrations).toMatchObject([{ state: { status: 'active' } }])
  })

  it('registers its new address at once', async () => {
    const front = await startFront()
    let transports: TransportManager | undefined
    const node = await createRendezvousNode({
      points: [front.point],
      onComponents: ({ transportManager }) => {
        transports = transportManager
      }
    })
    const reader = await startNode([front])

    nodes.push(node)
    await node.services.rendezvous.register(namespace)
    await transports?.listen([multiaddr('/ip4/127.0.0.1/tcp/0')])
    const ports = node.getMultiaddrs().map(portOf).sort()

    // By itself it would do so an hour later.
    await expect.poll(() => portsOf(reader)).toEqual(ports)
    expect(ports).toHaveLength(2)
  })

  it('is told why it is refused for good, and does not go on', async () => {
    const front = await startFront()
    const node = await startNode([front])
    const registering = node.services.rendezvous.register('rendezvous/cluster')

    await expect(registering).rejects.toThrow('not authorized')
    await expect(registering).rejects.toBeInstanceOf(RefusedError)
    expect(node.services.rendezvous.registrations).toEqual([])
  })

  it('is registered in the end where that was ended and begun again at once', async () => {
    const front = await startFront()
    const [node, reader] = [await startNode([front]), await startNode([front])]
    const { rendezvous } = node.services

    await rendezvous.register(namespace)

    for (let round = 0; round < 5; round++) {
      await Promise.all([rendezvous.unregister(namespace), rendezvous.register(namespace)])

      expect(await findPeers(reader, namespace)).toEqual(idsOf([node]))
    }
  })

  it('is not found any more when a registration was given up on its way', async () => {
    const front = await startFront()
    const [node, reader] = [await startNode([front]), await startNode([front])]
    const { rendezvous } = node.services

    await rendezvous.register('warm')
    const givenUp = new AbortController()
    const registering = rendezvous.register(namespace, { signal: givenUp.signal })

    // As soon as the point has it, and maybe before its answer is here.
    await expect.poll(() => findPeers(reader, namespace), { interval: 1 }).toHaveLength(1)
    givenUp.abort(new Error('enough'))
    await registering.catch(() => rendezvous.unregister(namespace))
    await rendezvous.unregister(namespace)

    await expect.poll(() => findPeers(reader, namespace)).toEqual([])
  })

  it.each<[string, (node: RendezvousNode) => unknown]>([
    ['ttlSeconds', ({ services }) => services.rendezvous.register('x', { ttlSeconds: 1.5 })],
    [
      'ttlSeconds',
      async ({ services }) => services.rendezvous.keepRegistered('x', { ttlSeconds: -1 })
    ],
    ['limit', async ({ services }) => services.rendezvous.discover('x', { limit: 0 })]
  ])('takes only whole numbers for %s', async (name, ask) => {
    const node = await startNode([await startFront()])

    await expect(ask(node)).rejects.toThrow(`${name}: give a whole number above 0`)
    expect(node.services.rendezvous.points).toMatchObject([{ failures: 0 }])
  })

  it.each<[string, (node: RendezvousNode) => Promise<unknown>]>([
    ['register', ({ services }) => services.rendezvous.register(namespace)],
    ['unregister', ({ services }) => services.rendezvous.unregister(namespace)],
    ['discover', (node) => findPeers(node, namespace)]
  ])('says at %s that libp2p has stopped', async (_name, ask) => {
    const front = await startFront()
    const node = await startNode([front])

    await node.stop()

    await expect(ask(node)).rejects.toMatchObject({ name: 'NotStartedError' })
  })

  it.each<[string, Partial<RendezvousClientInit>, RegExp]>([
    ['no points', { points: [] }, /points: give at least one multiaddr/],
    ['an address that is none', { points: ['example.org'] }, /points: "example.org" is no/],
    ['a dialect that is none', { dialects: ['dns' as 'waku'] }, /dialects: "dns" is none of/],
    ['a fanout below one', { fanout: 0 }, /fanout: give a whole number from 1 to 16/],
    [
      'a timeout that no timer takes',
      { timeoutMs: 2 ** 31 },
      /timeoutMs: give a whole number from 1/
    ],
    ['a timeout in parts of a millisecond', { timeoutMs: 1.5 }, /timeoutMs: give a whole number/]
  ])('refuses %s when libp2p is created', async (_what, init, message) => {
    const points = ['/ip4/127.0.0.1/tcp/1']

    await expect(createRendezvousNode({ points, ...init })).rejects.toThrow(message)
  })
})

function portOf(address: { toString(): string }): string {
  return /\/tcp\/(\d+)/.exec(address.toString())?.[1] ?? ''
}

/** Of all peers in the namespace. */
async function portsOf({ services }: RendezvousNode): Promise<string[]> {
  const ports: string[] = []

  for await (const { multiaddrs } of services.rendezvous.discover(namespace)) {
    ports.push(...multiaddrs.map(portOf))
  }

  return ports.sort()
}
