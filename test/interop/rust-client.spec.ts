import { expect, it } from 'vitest'
import { featureTests } from './support/feature-tests.ts'
import { findRustPeers, type RustPeer } from './support/find-rust-peer.ts'
import type { RustClient, RustRegistration } from './support/rust-peer.ts'
import { describeRustClients } from './support/rust-peer-suite.ts'

const ADDRESSES = ['/ip4/192.0.2.1/tcp/4001', '/ip4/192.0.2.2/tcp/4002']
const GRACE_SECONDS = 2

/** What a slow machine may take for one. */
const ANSWER_MS_MAX = 3000

const { published, standard } = await findRustPeers()

describeFeatures(published)
describeFeatures(standard)

function describeFeatures(peer: RustPeer): void {
  const { works } = featureTests({
    implementation: 'rust-libp2p',
    version: peer.version,
    direction: 'client of ours'
  })

  describeRustClients(`Rust clients ${peer.name}`, peer, 2, (interop) => {
    const { nodes } = interop

    /** A client that is connected to all nodes. */
    async function connect(flags?: Record<string, number>): Promise<RustClient> {
      return interop.client(
        nodes.map(({ point }) => point),
        flags
      )
    }

    function nodeId(index: number): string {
      return nodes[index]?.peerId as string
    }

    async function found(reader: RustClient): Promise<RustRegistration[]> {
      const { registrations } = await reader.page(nodeId(1), { namespace: interop.namespace })

      return registrations
    }

    works('register', 'are granted two hours unless they ask for a TTL', async () => {
      const client = await connect()

      const answer = await client.register(nodeId(0), {
        namespace: interop.namespace,
        addresses: ADDRESSES
      })

      expect(answer).toEqual({ event: 'registered', namespace: interop.namespace, ttl: 7200 })
    })

    works('register', 'are refused a TTL that is too long', async () => {
      const client = await connect()

      const answer = await client.register(nodeId(0), {
        namespace: interop.namespace,
        addresses: ADDRESSES,
        ttl: 100_000_000
      })

      expect(answer).toMatchObject({ event: 'register-failed', error: 'InvalidTtl' })
    })

    works('register', 'are refused the record of somebody else', async () => {
      const thief = await connect({ 'record-seed': 999_999 })

      const answer = await thief.register(nodeId(0), {
        namespace: interop.namespace,
        addresses: ADDRESSES
      })

      expect(answer).toMatchObject({ event: 'register-failed', error: 'NotAuthorized' })
    })

    works('register', 'may use a namespace of 255 bytes', async () => {
      const client = await connect()
      const namespace = interop.namespace.padEnd(255, 'x')

      await client.register(nodeId(0), { namespace, addresses: ADDRESSES })
      const { registrations } = await client.page(nodeId(1), { namespace })

      expect(registrations).toMatchObject([{ peerId: client.peerId, namespace }])
    })

    works('discover', 'find each other at another node, with addresses and TTL', async () => {
      const [client, reader] = await Promise.all([connect(), connect()])
      const { namespace } = interop

      await client.register(nodeId(0), { namespace, addresses: ADDRESSES })
      const registrations = await found(reader)

      expect(registrations).toEqual([
        { peerId: client.peerId, addresses: expect.any(Array), namespace, ttl: expect.any(Number) }
      ])
      expect(registrations[0]?.addresses.sort()).toEqual(ADDRESSES)
      expect(registrations[0]?.ttl).toBeGreaterThan(7190)
      expect(registrations[0]?.ttl).toBeLessThanOrEqual(7200)
    })

    works('discover', 'see all namespaces without naming one', async () => {
      const client = await connect()
      const namespaces = ['a', 'b'].map((name) => `${interop.namespace}/${name}`)

      for (const namespace of namespaces) {
        await client.register(nodeId(0), { namespace, addresses: ADDRESSES })
      }

      // Where it has registered, the node knows which records it reads. Those of other tests are there too.
      const { registrations } = await client.page(nodeId(0), {})
      const own = registrations.filter(({ peerId }) => peerId === client.peerId)

      expect(own.map(({ namespace }) => namespace).sort()).toEqual(namespaces)
    })

    works('discover', 'get an empty page of an unknown namespace', async () => {
      const client = await connect()

      expect(await found(client)).toEqual([])
    })

    works('refresh', 'change their TTL', async () => {
      const client = await connect()
      const { namespace } = interop

      await client.register(nodeId(0), { namespace, addresses: ADDRESSES })
      const answer = await client.register(nodeId(1), { namespace, ttl: 10_000 })
      const registrations = await found(client)

      expect(answer).toMatchObject({ ttl: 10_000 })
      expect(registrations).toHaveLength(1)
      expect(registrations[0]?.ttl).toBeGreaterThan(9990)
      expect(registrations[0]?.ttl).toBeLessThanOrEqual(10_000)
    })

    works('refresh', 'change their addresses', async () => {
      const client = await connect()
      const { namespace } = interop
      const [before, after] = ADDRESSES as [string, string]

      await client.register(nodeId(0), { namespace, addresses: [before] })
      await client.register(nodeId(0), { namespace, addresses: [after] })

      expect(await found(client)).toMatchObject([{ peerId: client.peerId, addresses: [after] }])
    })

    works('unregister', 'are found no more', async () => {
      const [client, other] = await Promise.all([connect(), connect()])
      const { namespace } = interop

      await client.register(nodeId(0), { namespace, addresses: ADDRESSES })
      await other.register(nodeId(0), { namespace, addresses: ADDRESSES })
      await client.unregister(nodeId(0), namespace)

      await expect
        .poll(async () => (await found(other)).map(({ peerId }) => peerId))
        .toEqual([other.peerId])
    })

    works('cookie paging', 'page through three registrations, one at a time', async () => {
      const clients = await Promise.all([connect(), connect(), connect()])
      const { namespace } = interop
      const seen: string[] = []
      let cookie: string | undefined

      for (const client of clients) {
        await client.register(nodeId(0), { namespace, addresses: ADDRESSES })
      }

      for (let page = 0; page < 4; page++) {
        const answer = await clients[0].page(nodeId(page % 2), { namespace, limit: 1, cookie })

        expect(answer.registrations).toHaveLength(page < 3 ? 1 : 0)
        seen.push(...answer.registrations.map(({ peerId }) => peerId))
        cookie = answer.cookie
      }

      expect(seen.sort()).toEqual(clients.map(({ peerId }) => peerId).sort())
    })

    works(
      'cookie paging',
      'see a refresh with the cookie that they hold, and only that',
      async () => {
        const [client, other] = await Promise.all([connect(), connect()])
        const { namespace } = interop

        await client.register(nodeId(0), { namespace, addresses: ADDRESSES })
        await other.register(nodeId(0), { namespace, addresses: ADDRESSES })
        const all = await client.page(nodeId(0), { namespace })
        await other.register(nodeId(0), { namespace, ttl: 8000 })
        const news = await client.page(nodeId(1), { namespace, cookie: all.cookie })

        expect(all.registrations).toHaveLength(2)
        expect(news.registrations).toMatchObject([{ peerId: other.peerId }])
        expect(news.registrations[0]?.ttl).toBeGreaterThan(7990)
      }
    )

    works('cookie paging', 'are refused the cookie of another namespace', async () => {
      const client = await connect()
      const { namespace } = interop
      const { cookie } = await client.page(nodeId(0), { namespace: `${namespace}/other` })

      const answer = await client.discover(nodeId(0), { namespace, cookie })

      expect(answer).toMatchObject({ event: 'discover-failed', error: 'InvalidCookie' })
    })

    works('cookie paging', 'are refused the cookie of one namespace for all of them', async () => {
      const client = await connect()
      const { cookie } = await client.page(nodeId(0), { namespace: interop.namespace })

      const answer = await client.discover(nodeId(0), { cookie })

      expect(answer).toMatchObject({ event: 'discover-failed', error: 'InvalidCookie' })
    })

    works('TTL expiry', 'are found for three seconds and a little, and then no more', async () => {
      const client = await connect()
      const { namespace } = interop
      const startedAtMs = performance.now()

      await client.register(nodeId(0), { namespace, addresses: ADDRESSES, ttl: 3 })
      const grantedAtMs = performance.now()
      const [registration] = await found(client)

      await expect.poll(() => found(client), { timeout: 10_000, interval: 20 }).toEqual([])

      expect(registration?.ttl).toBeGreaterThan(0)
      expect(registration?.ttl).toBeLessThanOrEqual(3)
      expect(performance.now() - startedAtMs).toBeGreaterThan(3000)
      expect(performance.now() - grantedAtMs).toBeLessThan(
        (3 + GRACE_SECONDS) * 1000 + ANSWER_MS_MAX
      )
    })

    it('are still served after a refusal, on the same connection', async () => {
      const client = await connect()
      const { namespace } = interop

      await client.register(nodeId(0), { namespace, addresses: ADDRESSES, ttl: 100_000_000 })
      const answer = await client.register(nodeId(0), { namespace })

      expect(answer.event).toBe('registered')
    })
  })
}
