import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describePeer } from './support/describe-peer.ts'
import { featureTests } from './support/feature-tests.ts'
import { findGoProgram, goModuleVersion } from './support/go-program.ts'
import { connectOurPeer, type OurPeer } from './support/our-peer.ts'
import { type RendezvousPeer, startRendezvousPeer } from './support/rendezvous-peer.ts'

const IMPLEMENTATION = 'waku-org/go-libp2p-rendezvous'
const E_INVALID_TTL = 102
const E_INVALID_COOKIE = 103

const program = await findGoProgram('go-rendezvous')
const version = await goModuleVersion('go-rendezvous', IMPLEMENTATION)
const { works } = featureTests({
  implementation: IMPLEMENTATION,
  version,
  direction: 'server for ours'
})

describePeer('our client, at a point of waku-org/go-libp2p-rendezvous', program, (peerProgram) => {
  let point: RendezvousPeer
  let namespace: string
  let peers: OurPeer[]

  beforeEach(async () => {
    peers = []
    namespace = `go ${randomUUID()}`
    point = await startRendezvousPeer(peerProgram, 'server', { seed: 'point' })
  })

  afterEach(async () => {
    await Promise.all(peers.map((peer) => peer.stop()))
    await point.stop()
  })

  async function client(): Promise<OurPeer> {
    const peer = await connectOurPeer(point.point, 'libp2p')

    peers.push(peer)

    return peer
  }

  works(
    'register',
    'registers with the TTL it asks for, and with 7200 s if with none',
    async () => {
      const peer = await client()

      expect(await peer.register(namespace, 300)).toBe(300)
      expect(await peer.register(`${namespace} 2`)).toBe(7200)
    }
  )

  works(
    'discover',
    'discovers by namespace, all namespaces, and none in an unknown one',
    async () => {
      const [one, other] = [await client(), await client()]

      await one.register(namespace, 300)
      await other.register(`${namespace} 2`, 300)

      const found = await other.page({ namespace })
      expect(found.peerIds).toEqual([one.peerId])
      expect(found.ttlSeconds[0]).toBeGreaterThan(290)
      expect((await other.page({})).peerIds.sort()).toEqual([one.peerId, other.peerId].sort())
      expect((await other.page({ namespace: 'unknown' })).peerIds).toEqual([])
    }
  )

  works(
    'cookie paging',
    'pages through five by two, and is shown only news after that',
    async () => {
      for (let count = 0; count < 5; count++) {
        await (await client()).register(namespace, 300)
      }

      const [first] = peers as [OurPeer]
      const pages = [await first.page({ namespace, limit: 2 })]

      for (let page = 1; page < 4; page++) {
        pages.push(await first.page({ namespace, limit: 2, cookie: pages.at(-1)?.cookie }))
      }

      await peers[2]?.register(namespace, 300)
      const news = await first.page({ namespace, limit: 2, cookie: pages.at(-1)?.cookie })
      expect(pages.map(({ peerIds }) => peerIds.length)).toEqual([2, 2, 1, 0])
      expect(pages.flatMap(({ peerIds }) => peerIds)).toEqual(peers.map(({ peerId }) => peerId))
      expect(news.peerIds).toEqual([peers[2]?.peerId])
    }
  )

  works('unregister', 'unregisters from one namespace, and from all without one', async () => {
    const [peer, other] = [await client(), await client()]
    const shownIn = async (suffix: string): Promise<string[]> =>
      (await other.page({ namespace: `${namespace} ${suffix}` })).peerIds

    for (const suffix of ['a', 'b', 'c']) {
      await peer.register(`${namespace} ${suffix}`, 300)
    }

    await peer.unregister(`${namespace} a`)
    await expect.poll(() => shownIn('a')).toEqual([])
    expect([await shownIn('b'), await shownIn('c')]).toEqual([[peer.peerId], [peer.peerId]])

    await peer.unregister()
    await expect.poll(() => shownIn('c')).toEqual([])
    expect(await shownIn('b')).toEqual([])
  })

  works('refresh', 'replaces the TTL by a refresh', async () => {
    const peer = await client()

    await peer.register(namespace, 100)
    expect(await peer.register(namespace, 500)).toBe(500)

    const { peerIds, ttlSeconds } = await peer.page({ namespace })
    expect(peerIds).toEqual([peer.peerId])
    expect(ttlSeconds[0]).toBeGreaterThan(490)
  })

  works('TTL expiry', 'is no longer shown once its TTL is over', async () => {
    const [short, long] = [await client(), await client()]

    await long.register(namespace, 60)
    await short.register(namespace, 3)

    const atOnce = await long.page({ namespace })
    await delay(3000)
    expect(atOnce.peerIds).toEqual([long.peerId, short.peerId])
    await expect.poll(async () => (await long.page({ namespace })).peerIds).toEqual([long.peerId])
  })

  it('is told what is wrong with a request', async () => {
    const peer = await client()

    await expect(peer.register(namespace, 259_201)).rejects.toMatchObject({
      status: E_INVALID_TTL,
      message: 'bad ttl'
    })
    await expect(peer.page({ namespace, cookie: new Uint8Array(40) })).rejects.toMatchObject({
      status: E_INVALID_COOKIE,
      message: 'bad cookie'
    })
  })
})
