import { setTimeout as delay } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { RefusedError, sealPeerRecord } from '@rendezvous-cluster/client'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { expect, it } from 'vitest'
import { featureTests } from './support/feature-tests.ts'
import { findRustPeers, type RustPeer } from './support/find-rust-peer.ts'
import { describeRustServer } from './support/rust-peer-suite.ts'

const ADDRESS = '/ip4/192.0.2.1/tcp/4001'
const E_INVALID_TTL = 102
const E_INVALID_COOKIE = 103
const E_NOT_AUTHORIZED = 200

const { published, standard } = await findRustPeers()

describeFeatures(published)
describeFeatures(standard)

function describeFeatures(peer: RustPeer): void {
  const { works } = featureTests({
    implementation: 'rust-libp2p',
    version: peer.version,
    direction: 'server for ours'
  })

  describeRustServer(`our client at a Rust server ${peer.name}`, peer, (rust) => {
    /** Our client with records of the kind that the server reads. */
    async function connect(point: string) {
      const privateKey = await generateKeyPair('Ed25519')
      const { client, page, peerId } = await rust.ours(point, 'libp2p', privateKey)

      return {
        client,
        page,
        peerId,
        async register(namespace: string, ttlSeconds?: number, address = ADDRESS): Promise<number> {
          return client.register({
            namespace: Namespace.fromText(namespace),
            signedPeerRecord: await seal(privateKey, address),
            ttlSeconds
          })
        }
      }
    }

    async function seal(privateKey: PrivateKey, address = ADDRESS): Promise<Uint8Array> {
      return sealPeerRecord(privateKey, [multiaddr(address)], { kind: peer.recordKind })
    }

    works('register', 'is granted two hours unless it asks for a TTL', async () => {
      const client = await connect(await rust.server())

      expect(await client.register(rust.namespace)).toBe(7200)
      expect(await client.register(rust.namespace, 10_000)).toBe(10_000)
    })

    works('register', 'is told of a TTL that is too short or too long', async () => {
      const client = await connect(await rust.server())

      for (const ttlSeconds of [60, 300_000]) {
        const registering = client.register(rust.namespace, ttlSeconds)

        await expect(registering).rejects.toBeInstanceOf(RefusedError)
        await expect(registering).rejects.toMatchObject({ status: E_INVALID_TTL })
      }
    })

    works('register', 'is refused the record of somebody else', async () => {
      const { client } = await connect(await rust.server())
      const registering = client.register({
        namespace: Namespace.fromText(rust.namespace),
        signedPeerRecord: await seal(await generateKeyPair('Ed25519'))
      })

      await expect(registering).rejects.toMatchObject({ status: E_NOT_AUTHORIZED })
    })

    works('discover', 'finds itself and a Rust client, who finds both too', async () => {
      const point = await rust.server()
      const [ours, theirs] = [await connect(point), await rust.client([point])]
      const { namespace } = rust
      const server = point.split('/p2p/')[1] as string

      await ours.register(namespace)
      await theirs.register(server, { namespace, addresses: ['/ip4/192.0.2.2/tcp/4002'] })
      const { peerIds, ttlSeconds } = await ours.page({ namespace })
      const { registrations } = await theirs.page(server, { namespace })
      const both = [ours.peerId, theirs.peerId].sort()

      expect(peerIds.sort()).toEqual(both)
      expect(ttlSeconds).toEqual([7200, 7200])
      expect(registrations.map(({ peerId }) => peerId).sort()).toEqual(both)
    })

    works('discover', 'finds nobody in an unknown namespace', async () => {
      const client = await connect(await rust.server())

      expect(await client.page({ namespace: rust.namespace })).toMatchObject({ peerIds: [] })
    })

    works('discover', 'sees all namespaces without naming one', async () => {
      const point = await rust.server()
      const [one, other] = [await connect(point), await connect(point)]

      await one.register(`${rust.namespace}/one`)
      await other.register(`${rust.namespace}/other`)
      const { peerIds } = await one.page({})

      expect(peerIds.sort()).toEqual([one.peerId, other.peerId].sort())
    })

    works('cookie paging', 'pages through three registrations, one at a time', async () => {
      const point = await rust.server()
      const { namespace } = rust
      const peers = [await connect(point), await connect(point), await connect(point)] as const
      const seen: string[] = []
      let cookie: Uint8Array | undefined

      for (const peer of peers) {
        await peer.register(namespace)
      }

      for (let page = 0; page < 4; page++) {
        const answer = await peers[0].page({ namespace, limit: 1, cookie })

        expect(answer.peerIds).toHaveLength(page < 3 ? 1 : 0)
        seen.push(...answer.peerIds)
        cookie = answer.cookie
      }

      expect(seen.sort()).toEqual(peers.map(({ peerId }) => peerId).sort())
    })

    works(
      'cookie paging',
      'sees a refresh with the cookie that it holds, and only that',
      async () => {
        const point = await rust.server()
        const [one, other] = [await connect(point), await connect(point)]
        const { namespace } = rust

        await one.register(namespace)
        await other.register(namespace)
        const all = await one.page({ namespace })
        await other.register(namespace, 8000)
        const news = await one.page({ namespace, cookie: all.cookie })

        expect(all.peerIds).toHaveLength(2)
        expect(news).toMatchObject({ peerIds: [other.peerId], ttlSeconds: [8000] })
      }
    )

    works('cookie paging', 'is told that a cookie is of another namespace', async () => {
      const client = await connect(await rust.server())
      const { namespace } = rust
      const { cookie } = await client.page({ namespace: `${namespace}/other` })

      await expect(client.page({ namespace, cookie })).rejects.toMatchObject({
        status: E_INVALID_COOKIE
      })
    })

    works('refresh', 'changes TTL and addresses of its one registration', async () => {
      const ours = await connect(await rust.server())
      const namespace = Namespace.fromText(rust.namespace)
      const moved = '/ip4/192.0.2.9/tcp/4009'

      await ours.register(rust.namespace)
      await ours.register(rust.namespace, 9000, moved)
      const peers = await ours.client.discover({ namespace })

      expect(peers.map(({ multiaddrs, ttlSeconds }) => [String(multiaddrs), ttlSeconds])).toEqual([
        [moved, 9000]
      ])
    })

    works('unregister', 'is found no more, and the others are', async () => {
      const point = await rust.server()
      const [one, other] = [await connect(point), await connect(point)]
      const { namespace } = rust

      await one.register(namespace)
      await other.register(namespace)
      await one.client.unregister({ namespace: Namespace.fromText(namespace) })

      // It has read the request; that it has acted on it, nobody says.
      await expect.poll(() => other.page({ namespace })).toMatchObject({ peerIds: [other.peerId] })
    })

    it('stays registered when it unregisters from everything, which the crate does not know', async () => {
      const ours = await connect(await rust.server())
      const { namespace } = rust

      await ours.register(namespace)
      await ours.client.unregister()

      expect(await ours.page({ namespace })).toMatchObject({ peerIds: [ours.peerId] })
    })

    works('TTL expiry', 'is found for as long as the TTL, and then no more', async () => {
      const ours = await connect(await rust.server({ 'min-ttl': 1 }))
      const { namespace } = rust
      const startedAtMs = performance.now()

      expect(await ours.register(namespace, 2)).toBe(2)
      await delay(1000)
      const { peerIds } = await ours.page({ namespace })

      await expect
        .poll(() => ours.page({ namespace }), { timeout: 5000, interval: 20 })
        .toMatchObject({ peerIds: [] })
      expect(peerIds).toEqual([ours.peerId])
      expect(performance.now() - startedAtMs).toBeGreaterThan(2000)
    })
  })
}

describeRustServer('our client at a Rust server as published', published, (rust) => {
  it('gets no answer to a REGISTER with a record of the specification', async () => {
    const client = await rust.ours(await rust.server(), 'libp2p')

    await expect(client.register(rust.namespace)).rejects.toMatchObject({ name: 'NoAnswerError' })
  })
})
