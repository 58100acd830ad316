import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { DialectName } from '@rendezvous-cluster/wire'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describePeer } from './support/describe-peer.ts'
import { featureTests } from './support/feature-tests.ts'
import { type FrontProcess, startFrontProcess } from './support/front-process.ts'
import { findGoProgram, goModuleVersion } from './support/go-program.ts'
import { connectOurPeer } from './support/our-peer.ts'
import {
  type PeerAnswer,
  type RendezvousPeer,
  startRendezvousPeer
} from './support/rendezvous-peer.ts'

const IMPLEMENTATION = 'waku-org/go-libp2p-rendezvous'
const E_INVALID_NAMESPACE = 100
const E_INVALID_PEER_INFO = 101
const E_INVALID_TTL = 102
const E_INVALID_COOKIE = 103

/** How long a registration is still shown after its TTL, and how late a test may look. */
const GRACE_MS = 2000
const PATIENCE_MS = 3000

const program = await findGoProgram('go-rendezvous')
const version = await goModuleVersion('go-rendezvous', IMPLEMENTATION)
const { works } = featureTests({
  implementation: IMPLEMENTATION,
  version,
  direction: 'client of ours'
})

describePeer('a client of waku-org/go-libp2p-rendezvous', program, (peerProgram) => {
  let front: FrontProcess
  let namespace: string
  let started: { stop(): Promise<unknown> }[]

  beforeEach(async () => {
    started = []
    namespace = `go ${randomUUID()}`
    front = await startFrontProcess({ protocols: 'waku,libp2p,waku1' })
  })

  afterEach(async () => {
    await Promise.all(started.map((peer) => peer.stop()))
    await front.kill()
  })

  async function client(seed = 'one'): Promise<RendezvousPeer> {
    const peer = await startRendezvousPeer(peerProgram, 'client', { seed, point: front.point })

    started.push(peer)

    return peer
  }

  async function clients(count: number): Promise<RendezvousPeer[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => client(`peer ${index}`)))
  }

  async function reader(dialect: DialectName) {
    const peer = await connectOurPeer(front.point, dialect)

    started.push(peer)

    return peer
  }

  works(
    'register',
    'registers with the TTL it asks for, and with 7200 s if with none',
    async () => {
      const peer = await client()

      const granted = await peer.ask({ do: 'register', namespace, ttl: 300 })
      const standard = await peer.ask({ do: 'register', namespace: `${namespace} 2` })

      expect(granted).toEqual({ event: 'registered', status: 0, statusText: '', ttl: 300 })
      expect(standard).toMatchObject({ status: 0, ttl: 7200 })
      const { peerIds, ttlSeconds } = await (await reader('libp2p')).page({ namespace })
      expect(peerIds).toEqual([peer.peerId])
      expect(ttlSeconds[0]).toBeGreaterThan(290)
    }
  )

  works(
    'discover',
    'discovers by namespace, all namespaces, and none in an unknown one',
    async () => {
      const [one, other] = (await clients(2)) as [RendezvousPeer, RendezvousPeer]

      await one.ask({ do: 'register', namespace, ttl: 300 })
      await other.ask({ do: 'register', namespace: `${namespace} 2`, ttl: 300 })

      const found = await other.ask({ do: 'discover', namespace })
      const all = await other.ask({ do: 'discover' })
      const none = await other.ask({ do: 'discover', namespace: 'unknown' })
      expect(found.registrations).toMatchObject([
        { peerId: one.peerId, multiaddrs: one.multiaddrs, namespace }
      ])
      expect(found.registrations?.[0]?.ttl).toBeGreaterThan(290)
      expect(all.registrations?.map((registration) => registration.namespace).sort()).toEqual([
        namespace,
        `${namespace} 2`
      ])
      expect(none).toMatchObject({ status: 0 })
      expect(none.registrations).toBeUndefined()
    }
  )

  works(
    'cookie paging',
    'pages through five by two, and is shown only news after that',
    async () => {
      const peers = await clients(5)
      const [first] = peers as [RendezvousPeer, ...RendezvousPeer[]]

      for (const peer of peers) {
        await peer.ask({ do: 'register', namespace, ttl: 300 })
      }

      const pages = [await first.ask({ do: 'discover', namespace, limit: 2 })]

      for (let page = 1; page < 4; page++) {
        const cookie = pages.at(-1)?.cookie
        pages.push(await first.ask({ do: 'discover', namespace, limit: 2, cookie }))
      }

      await peers[2]?.ask({ do: 'register', namespace, ttl: 300 })
      const { cookie } = pages.at(-1) as PeerAnswer
      const news = await first.ask({ do: 'discover', namespace, limit: 2, cookie })
      expect(pages.map((page) => idsIn(page).length)).toEqual([2, 2, 1, 0])
      expect(pages.flatMap(idsIn).sort()).toEqual(peers.map(({ peerId }) => peerId).sort())
      expect(idsIn(news)).toEqual([peers[2]?.peerId])
    }
  )

  works('unregister', 'unregisters from one namespace, and from all without one', async () => {
    const peer = await client()

    for (const suffix of ['a', 'b', 'c']) {
      await peer.ask({ do: 'register', namespace: `${namespace} ${suffix}`, ttl: 300 })
    }

    const one = await peer.ask({ do: 'unregister', namespace: `${namespace} a` })
    await expect
      .poll(async () => namespacesIn(await peer.ask({ do: 'discover' })))
      .toEqual([`${namespace} b`, `${namespace} c`])
    const all = await peer.ask({ do: 'unregister', namespace: '' })
    await expect.poll(async () => namespacesIn(await peer.ask({ do: 'discover' }))).toEqual([])

    expect([one.status, all.status]).toEqual([0, 0])
  })

  works('refresh', 'replaces addresses and TTL by a refresh', async () => {
    const peer = await client()
    const multiaddrs = ['/ip4/192.0.2.1/tcp/4001']

    await peer.ask({ do: 'register', namespace, ttl: 100 })
    const refreshed = await peer.ask({ do: 'register', namespace, ttl: 500, multiaddrs })

    const { registrations } = await peer.ask({ do: 'discover', namespace })
    expect(refreshed).toMatchObject({ status: 0, ttl: 500 })
    expect(registrations).toMatchObject([{ peerId: peer.peerId, multiaddrs }])
    expect(registrations?.[0]?.ttl).toBeGreaterThan(490)
  })

  works('TTL expiry', 'is no longer shown once its TTL and the grace are over', async () => {
    const [short, long] = (await clients(2)) as [RendezvousPeer, RendezvousPeer]

    await long.ask({ do: 'register', namespace, ttl: 60 })
    await short.ask({ do: 'register', namespace, ttl: 1 })
    const atOnce = await long.ask({ do: 'discover', namespace })
    await delay(1000 + GRACE_MS)

    expect(idsIn(atOnce).sort()).toEqual([short.peerId, long.peerId].sort())
    await expect
      .poll(async () => idsIn(await long.ask({ do: 'discover', namespace })), {
        timeout: PATIENCE_MS
      })
      .toEqual([long.peerId])
  })

  it('is shown newcomers on a stream that it goes on asking on', async () => {
    const peers = await clients(4)
    const [watcher, ...others] = peers as [RendezvousPeer, ...RendezvousPeer[]]
    const watching = watcher.ask({ do: 'watch', namespace, count: 4 })

    for (const peer of [...others, others[0]]) {
      await delay(300)
      await peer?.ask({ do: 'register', namespace, ttl: 300 })
    }

    const watched = await watching
    const registered = [...others, others[0]].map((peer) => peer?.peerId)
    expect(watched.status).toBe(0)
    expect(idsIn(watched)).toEqual(registered)
  })

  it('is told what is wrong with a request', async () => {
    const peer = await client()
    const cookie = Buffer.alloc(40, 0xff).toString('base64')

    const answers = [
      await peer.ask({ do: 'register', namespace: '', ttl: 60 }),
      await peer.ask({ do: 'register', namespace: 'n'.repeat(256), ttl: 60 }),
      await peer.ask({ do: 'register', namespace, ttl: 259_201 }),
      await peer.ask({ do: 'discover', namespace: 'n'.repeat(256) }),
      await peer.ask({ do: 'discover', namespace, cookie }),
      await peer.ask({ do: 'discover', namespace, cookie: '' })
    ]

    expect(answers.map(({ status, statusText }) => [status, statusText])).toEqual([
      [E_INVALID_NAMESPACE, 'unspecified namespace'],
      [E_INVALID_NAMESPACE, 'namespace too long'],
      [E_INVALID_TTL, 'bad ttl'],
      [E_INVALID_NAMESPACE, 'namespace too long'],
      [E_INVALID_COOKIE, 'bad cookie'],
      [E_INVALID_COOKIE, 'bad cookie']
    ])
  })

  it('is told of more addresses than 32', async () => {
    const peer = await client()
    const multiaddrs = Array.from({ length: 33 }, (_, port) => `/ip4/192.0.2.1/tcp/${port + 1}`)

    const refused = await peer.ask({ do: 'register', namespace, multiaddrs })

    expect(refused).toMatchObject({
      status: E_INVALID_PEER_INFO,
      statusText: 'peer info too long'
    })
  })

  it('is found by readers of the waku dialect, with a TTL of theirs', async () => {
    const peer = await client()

    await peer.ask({ do: 'register', namespace, ttl: 7200 })

    const waku = await reader('waku')
    await expect.poll(async () => (await waku.page({ namespace })).peerIds).toEqual([peer.peerId])
    const { ttlSeconds } = await waku.page({ namespace })
    expect(ttlSeconds).toEqual([20])
  })

  it('is not found by readers of the waku1 dialect, whose records are others', async () => {
    const peer = await client()

    await peer.ask({ do: 'register', namespace, ttl: 300 })

    expect((await (await reader('waku1')).page({ namespace })).peerIds).toEqual([])
  })

  it('finds what was registered through the waku dialect', async () => {
    const [peer, waku] = [await client(), await reader('waku')]

    await waku.register(namespace, 20)

    const { registrations } = await peer.ask({ do: 'discover', namespace })
    expect(registrations).toMatchObject([{ peerId: waku.peerId, namespace }])
    expect(registrations?.[0]?.ttl).toBeLessThanOrEqual(20)
  })
})

function idsIn({ registrations = [] }: PeerAnswer): string[] {
  return registrations.map(({ peerId }) => peerId)
}

function namespacesIn({ registrations = [] }: PeerAnswer): (string | undefined)[] {
  return registrations.map(({ namespace }) => namespace).sort()
}
