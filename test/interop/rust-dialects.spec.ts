import { expect, it } from 'vitest'
import { featureTests } from './support/feature-tests.ts'
import { findRustPeers } from './support/find-rust-peer.ts'
import type { RustRegistration } from './support/rust-peer.ts'
import { describeRustClients } from './support/rust-peer-suite.ts'

const ADDRESSES = ['/ip4/192.0.2.1/tcp/4001']
const WAKU_TTL_SECONDS = 20

/** So the crate calls an answer with a record that it cannot read. */
const LOST = { event: 'discover-failed', error: 'Unavailable' }

const { published, standard } = await findRustPeers()

describeRustClients(
  'Waku clients and Rust clients with standard records',
  standard,
  2,
  (interop) => {
    /** One of each, each at a node of its own. */
    async function connect() {
      const [a, b] = interop.nodes as [(typeof interop.nodes)[0], (typeof interop.nodes)[0]]
      const waku = await interop.ours(a.point, 'waku')
      const rust = await interop.client([b.point])

      return { waku, rust, rustNode: b.peerId }
    }

    it('a Rust client finds what a Waku peer registered, with its short TTL', async () => {
      const { waku, rust, rustNode } = await connect()
      const { namespace } = interop

      const granted = await waku.register(namespace)
      const { registrations } = await rust.page(rustNode, { namespace })

      expect(granted).toBe(WAKU_TTL_SECONDS)
      expect(registrations).toMatchObject([
        { peerId: waku.peerId, addresses: ADDRESSES, namespace }
      ])
      expect(registrations[0]?.ttl).toBeGreaterThan(0)
      expect(registrations[0]?.ttl).toBeLessThanOrEqual(WAKU_TTL_SECONDS)
    })

    it('a Waku peer finds what a Rust client registered, with a TTL that Waku knows', async () => {
      const { waku, rust, rustNode } = await connect()
      const { namespace } = interop

      await rust.register(rustNode, { namespace, addresses: ADDRESSES })

      await expect
        .poll(() => waku.page({ namespace }))
        .toMatchObject({ peerIds: [rust.peerId], ttlSeconds: [WAKU_TTL_SECONDS] })
    })

    it('a Waku peer finds a Rust client no more that has sent UNREGISTER', async () => {
      const { waku, rust, rustNode } = await connect()
      const { namespace } = interop

      await rust.register(rustNode, { namespace, addresses: ADDRESSES })
      await expect.poll(() => waku.page({ namespace })).toMatchObject({ peerIds: [rust.peerId] })
      await rust.unregister(rustNode, namespace)

      await expect.poll(() => waku.page({ namespace })).toMatchObject({ peerIds: [] })
    })

    it('a Rust client that asks for all namespaces does not see those of Waku alone', async () => {
      const { waku, rust, rustNode } = await connect()
      const { namespace } = interop

      await waku.register(namespace)
      await rust.register(rustNode, { namespace: `${namespace}/rust`, addresses: ADDRESSES })
      const { registrations } = await rust.page(rustNode, {})
      const peerIds = registrations.map(({ peerId }) => peerId)

      expect(peerIds).toContain(rust.peerId)
      expect(peerIds).not.toContain(waku.peerId)
    })
  }
)

const { works } = featureTests({
  implementation: 'rust-libp2p',
  version: published.version,
  direction: 'client of ours'
})

describeRustClients('Rust clients as published, among others', published, 1, (interop) => {
  async function connect() {
    const { point, peerId } = interop.nodes[0] as (typeof interop.nodes)[0]
    const [registrant, reader] = [await interop.client([point]), await interop.client([point])]

    await registrant.register(peerId, { namespace: interop.namespace, addresses: ADDRESSES })

    return { point, node: peerId, registrant, reader }
  }

  it('are found by our client in a namespace of theirs', async () => {
    const { point, registrant } = await connect()
    const ours = await interop.ours(point, 'libp2p')

    expect(await ours.page({ namespace: interop.namespace })).toMatchObject({
      peerIds: [registrant.peerId]
    })
  })

  it('are not shown to Waku peers, who cannot read their records', async () => {
    const { point } = await connect()
    const waku = await interop.ours(point, 'waku')

    expect(await waku.page({ namespace: interop.namespace })).toMatchObject({ peerIds: [] })
  })

  works(
    'discover',
    'find each other, nobody else and by nobody else, in all namespaces once they have registered',
    async () => {
      const { point, node, registrant, reader } = await connect()
      const [ours, waku] = [await interop.ours(point, 'libp2p'), await interop.ours(point, 'waku')]
      const { namespace } = interop

      await ours.register(namespace)
      await waku.register(namespace)
      const inNamespace = await registrant.page(node, { namespace })
      const inAll = await registrant.page(node, {})

      expect(inNamespace.registrations).toMatchObject([{ peerId: registrant.peerId }])
      expect(peersOf(inAll)).toContain(registrant.peerId)
      expect(peersOf(inAll)).not.toContain(ours.peerId)
      expect((await ours.page({ namespace })).peerIds).not.toContain(registrant.peerId)
      expect(await reader.discover(node, {})).toMatchObject(LOST)
    },
    'its records have a format of their own: it finds other Rust peers, and no Go, Nim or JavaScript peers, ' +
      'nor they it; all namespaces it can read once it has registered'
  )

  works(
    'cookie paging',
    'go on with their own kind by the cookie they hold, whoever else registers',
    async () => {
      const { point, node, registrant, reader } = await connect()
      const { namespace } = interop

      const before = await reader.page(node, { namespace })
      await (await interop.ours(point, 'libp2p')).register(namespace)
      const nothingNew = await reader.page(node, { namespace, cookie: before.cookie })
      await registrant.register(node, { namespace, addresses: ADDRESSES })
      const refreshed = await reader.page(node, { namespace, cookie: nothingNew.cookie })

      expect(peersOf(before)).toEqual([registrant.peerId])
      expect(peersOf(nothingNew)).toEqual([])
      expect(peersOf(refreshed)).toEqual([registrant.peerId])
    },
    'of the registrations of Rust peers alone, with which it stays by its cookie'
  )

  // The limit that decision 9 tells of: nothing says what such a reader can read.
  it('lose the answer where they hold no cookie and somebody else has registered', async () => {
    const { point, node, reader } = await connect()
    const { namespace } = interop

    await (await interop.ours(point, 'libp2p')).register(namespace)

    expect(await reader.discover(node, { namespace })).toMatchObject(LOST)
  })

  it('are taken out by UNREGISTER, and nobody else is', async () => {
    const { point, node, registrant } = await connect()
    const ours = await interop.ours(point, 'libp2p')
    const { namespace } = interop

    await ours.register(namespace)
    await registrant.unregister(node, namespace)

    await expect
      .poll(async () => (await registrant.page(node, { namespace })).registrations)
      .toEqual([])
    expect(await ours.page({ namespace })).toMatchObject({ peerIds: [ours.peerId] })
  })
})

function peersOf({ registrations }: { registrations: RustRegistration[] }): string[] {
  return registrations.map(({ peerId }) => peerId)
}
