import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Connection, PrivateKey } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { PointClient, RefusedError, sealPeerRecord } from '@rendezvous-cluster/client'
import {
  CLUSTER_NAMESPACE,
  Namespace,
  type RecordKind,
  verifyPeerRecord
} from '@rendezvous-cluster/rendezvous'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { createTestPeer, type TestPeer } from '../support/test-peer.ts'

const E_INVALID_COOKIE = 103
const E_NOT_AUTHORIZED = 200

describeWithRedisServer('one registry, several dialects, two front nodes', (binary) => {
  let redis: RedisServer
  let fronts: TestFrontNode[]
  let peers: TestPeer[]

  beforeEach(async () => {
    redis = await startRedisServer({ binary })
    fronts = await Promise.all([
      startTestFrontNode({ store: redis.url }),
      startTestFrontNode({ store: redis.url })
    ])
    peers = []
  })

  afterEach(async () => {
    await Promise.all(peers.map((peer) => peer.stop()))
    await Promise.all(fronts.map((front) => front.stop()))
    await redis.stop()
  })

  /** A peer of a key, with a client of one dialect to one of the front nodes. */
  async function connect(name: DialectName, front: number, key?: PrivateKey) {
    const peer = await createTestPeer(key)
    const dialect = DIALECTS[name]
    const connection: Connection = await peer.node.dial((fronts[front] as TestFrontNode).point)
    const client = new PointClient({
      dialect,
      openStream: (options) => connection.newStream(dialect.protocol, options)
    })

    peers.push(peer)

    return {
      client,
      peerId: peer.node.peerId.toString(),
      privateKey: peer.privateKey,
      async register(
        namespace: string,
        port: number,
        ttlSeconds?: number,
        kind: RecordKind = dialect.rules.recordKind
      ): Promise<number> {
        const signedPeerRecord = await sealPeerRecord(
          peer.privateKey,
          [multiaddr(`/ip4/192.0.2.1/tcp/${port}`)],
          { kind }
        )

        return client.register({
          namespace: Namespace.fromText(namespace),
          signedPeerRecord,
          ttlSeconds
        })
      },
      /** Ports by which registrations are told apart, sorted. */
      async ports(namespace: string): Promise<number[]> {
        const found = await client.discover({ namespace: Namespace.fromText(namespace) })

        return found.map(({ multiaddrs }) => portOf(String(multiaddrs[0]))).sort()
      }
    }
  }

  it('grant the lifetimes of each dialect', async () => {
    const granted = await Promise.all(
      (['waku', 'libp2p', 'waku1'] as const).map(async (name) =>
        (await connect(name, 0)).register('lifetimes', 1)
      )
    )

    expect(granted).toEqual([20, 7200, 60])
  })

  it('show to each other what is of the same kind of record, with a lifetime it may have', async () => {
    const waku = await connect('waku', 0)
    const libp2p = await connect('libp2p', 1)
    const waku1 = await connect('waku1', 0)

    await waku.register('shared', 1)
    await libp2p.register('shared', 2)
    await waku1.register('shared', 3)

    await expect.poll(() => waku.ports('shared')).toEqual([1, 2])
    expect(await libp2p.ports('shared')).toEqual([1, 2])
    expect(await waku1.ports('shared')).toEqual([3])

    const found = await waku.client.discover({ namespace: Namespace.fromText('shared') })

    expect(Math.max(...found.map(({ ttlSeconds }) => ttlSeconds))).toBe(20)
  })

  it('keep what one peer registers through both kinds apart, over refreshes', async () => {
    const key = await generateKeyPair('Ed25519')
    const libp2p = await connect('libp2p', 0, key)
    const waku1 = await connect('waku1', 1, key)

    for (let refresh = 0; refresh < 3; refresh++) {
      await libp2p.register('both', 100 + refresh)
      await waku1.register('both', 200 + refresh)

      await expect.poll(() => libp2p.ports('both')).toEqual([100 + refresh])
      await expect.poll(() => waku1.ports('both')).toEqual([200 + refresh])
    }
  })

  it('page by cookie through all of 300, each once, every page on another node', async () => {
    await Promise.all(
      Array.from({ length: 15 }, async (_, index) => {
        const peer = await connect('libp2p', index % 2)

        for (let port = 0; port < 20; port++) {
          await peer.register(`page ${port}`, index * 20 + port)
        }
      })
    )
    const readers = [await connect('libp2p', 0), await connect('libp2p', 1)]
    const found: number[] = []
    let cookie: Uint8Array | undefined

    for (let page = 0, isLast = false; !isLast; page++) {
      const { client } = readers[page % 2] as (typeof readers)[number]
      // As they were sent: a client keeps one of two registrations of a peer on a page.
      const read = await client.readPage({ limit: 7, cookie })

      found.push(...(await Promise.all(read.registrations.map(portIn))))
      cookie = read.cookie
      isLast = read.registrations.length === 0
    }

    expect(found.sort((one, other) => one - other)).toEqual(
      Array.from({ length: 300 }, (_, port) => port)
    )
  })

  it('show a refresh to who holds a cookie, and nothing else again', async () => {
    const [one, other, reader] = await Promise.all([
      connect('libp2p', 0),
      connect('libp2p', 0),
      connect('libp2p', 1)
    ])
    const namespace = Namespace.fromText('cookies')

    await one.register('cookies', 1)
    await other.register('cookies', 2)

    const all = await reader.client.discoverPage({ namespace })

    await one.register('cookies', 3)

    const news = await reader.client.discoverPage({ namespace, cookie: all.cookie })

    expect(all.peers).toHaveLength(2)
    expect(news.peers.map(({ multiaddrs }) => portOf(String(multiaddrs[0])))).toEqual([3])
  })

  it('go on from a cookie after Redis has lost everything', async () => {
    const peer = await connect('libp2p', 0)
    const reader = await connect('libp2p', 1)
    const namespace = Namespace.fromText('flushed')

    await peer.register('flushed', 1)
    const { cookie } = await reader.client.discoverPage({ namespace })

    await redis.restart()
    await expect.poll(() => peer.register('flushed', 2).catch(() => undefined)).toBe(7200)
    const after = await reader.client.discoverPage({ namespace, cookie })

    expect(after.peers.map(({ multiaddrs }) => portOf(String(multiaddrs[0])))).toEqual([2])
  })

  it.each([
    ['truncated', new Uint8Array(7)],
    ['empty', new Uint8Array()],
    ['of ten random bytes', Uint8Array.from({ length: 10 }, (_, index) => 200 - index)],
    ['of forty random bytes', Uint8Array.from({ length: 40 }, (_, index) => 255 - index)],
    ['of another namespace', Buffer.concat([Buffer.alloc(8), Buffer.from('another')])],
    ['of all namespaces', Buffer.alloc(8)]
  ])('refuse a cookie that is %s', async (_name, cookie) => {
    const { client } = await connect('libp2p', 0)
    const asked = client.discoverPage({ namespace: Namespace.fromText('cookies'), cookie })

    await expect(asked).rejects.toMatchObject({ status: E_INVALID_COOKIE })
  })

  it('start anew from a cookie of the future', async () => {
    const peer = await connect('libp2p', 0)
    const cookie = Buffer.concat([Buffer.alloc(8, 0xff), Buffer.from('future')])

    await peer.register('future', 1)
    const page = await peer.client.discoverPage({
      namespace: Namespace.fromText('future'),
      cookie
    })

    expect(page.peers).toHaveLength(1)
  })

  it('end a registration of either dialect by UNREGISTER, and nobody else’s', async () => {
    const key = await generateKeyPair('Ed25519')
    const waku = await connect('waku', 0, key)
    const libp2p = await connect('libp2p', 1, key)
    const other = await connect('libp2p', 0)

    await waku.register('gone', 1)
    await other.register('gone', 2)
    await libp2p.client.unregister({ namespace: Namespace.fromText('gone') })

    await expect.poll(() => other.ports('gone')).toEqual([2])

    await libp2p.client.unregister({ namespace: Namespace.fromText('gone') })
    await libp2p.client.unregister({ namespace: Namespace.fromText('unknown') })
    expect(await other.ports('gone')).toEqual([2])
  })

  it('end all registrations of a kind by UNREGISTER without a namespace', async () => {
    const key = await generateKeyPair('Ed25519')
    const libp2p = await connect('libp2p', 0, key)
    const waku1 = await connect('waku1', 0, key)

    for (const namespace of ['a', 'b', 'c']) {
      await libp2p.register(namespace, 1)
      await waku1.register(namespace, 2)
    }

    await libp2p.client.unregister()

    for (const namespace of ['a', 'b', 'c']) {
      await expect.poll(() => libp2p.ports(namespace)).toEqual([])
      expect(await waku1.ports(namespace)).toEqual([2])
    }
  })

  it('keep what stock Rust peers carry apart from what others read', async () => {
    const [rust, other, reader] = await Promise.all([
      connect('libp2p', 0),
      connect('libp2p', 1),
      connect('libp2p', 0)
    ])

    await rust.register('mixed', 1, 60, 'routing-state-record')

    // Nobody else is there: whoever asks is one of them.
    await expect.poll(() => reader.ports('mixed')).toEqual([1])

    await other.register('mixed', 2, 60)

    await expect.poll(() => reader.ports('mixed')).toEqual([2])
    expect(await rust.ports('mixed')).toEqual([1])
    expect(await other.ports('mixed')).toEqual([2])

    await rust.client.unregister({ namespace: Namespace.fromText('mixed') })

    await expect.poll(() => rust.ports('mixed')).toEqual([])
    expect(await other.ports('mixed')).toEqual([2])
  })

  it('page through what stock Rust peers carry, though others register between two pages', async () => {
    const rusts = await Promise.all([0, 1, 0].map((front) => connect('libp2p', front)))
    const [other, reader] = [await connect('libp2p', 1), await connect('libp2p', 0)]
    const namespace = Namespace.fromText('pages')
    const found: number[][] = []
    let cookie: Uint8Array | undefined

    for (const [index, rust] of rusts.entries()) {
      await rust.register('pages', index + 1, 60, 'routing-state-record')
    }

    for (let page = 0; page < 4; page++) {
      const read = await reader.client.discoverPage({ namespace, limit: 1, cookie })

      found.push(read.peers.map(({ multiaddrs }) => portOf(String(multiaddrs[0]))))
      cookie = read.cookie

      if (page === 0) {
        await other.register('pages', 4, 60)
      }
    }

    expect(found).toEqual([[1], [2], [3], []])
    await expect.poll(() => reader.ports('pages')).toEqual([4])
  })

  it('list themselves on pages, each node once at whatever node one asks, and new ones afresh', async () => {
    const readers = [await connect('libp2p', 0), await connect('libp2p', 1)]
    const namespace = Namespace.fromText(CLUSTER_NAMESPACE)

    async function readAll(): Promise<string[]> {
      const seen: string[] = []
      let cookie: Uint8Array | undefined

      for (let page = 0, isLast = false; !isLast; page++) {
        const { client } = readers[page % 2] as (typeof readers)[number]
        const read = await client.discoverPage({ namespace, limit: 1, cookie })

        seen.push(...read.peers.map(({ peerId }) => peerId.toString()))
        cookie = read.cookie
        isLast = read.peers.length === 0
      }

      return seen.sort()
    }

    const idsOf = () => fronts.map(({ node }) => node.status().peerId).sort()

    await expect.poll(readAll).toEqual(idsOf())

    fronts.push(await startTestFrontNode({ store: redis.url }))

    await expect.poll(readAll).toEqual(idsOf())
  })

  it('refuse a record of somebody else with 200, in dialects that say so', async () => {
    const thief = await connect('libp2p', 0)
    const signedPeerRecord = await sealPeerRecord(await generateKeyPair('Ed25519'), [
      multiaddr('/ip4/192.0.2.1/tcp/1')
    ])
    const registering = thief.client.register({
      namespace: Namespace.fromText('theft'),
      signedPeerRecord
    })

    await expect(registering).rejects.toMatchObject({ status: E_NOT_AUTHORIZED })
    await expect(registering).rejects.toBeInstanceOf(RefusedError)
  })

  it('show all namespaces but those of waku alone', async () => {
    const waku = await connect('waku', 0)
    const libp2p = await connect('libp2p', 1)

    await waku.register('of waku', 1)
    await libp2p.register('of libp2p', 2)

    const all = await libp2p.client.discoverPage({})

    expect(all.peers.map(({ multiaddrs }) => portOf(String(multiaddrs[0])))).toEqual([2])
  })
})

/** The port in a signed record. */
async function portIn({ signedPeerRecord }: { signedPeerRecord: Uint8Array }): Promise<number> {
  const { addresses } = await verifyPeerRecord(signedPeerRecord, 'peer-record')

  return portOf(multiaddr(addresses[0]).toString())
}

function portOf(address: string): number {
  return Number(/\/tcp\/(\d+)/.exec(address)?.[1])
}
