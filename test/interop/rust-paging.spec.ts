import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '@rendezvous-cluster/client'
import {
  ADDRESS_BYTES_MAX,
  ADDRESSES_MAX,
  checkAddresses,
  ENVELOPE_BYTES_MAX,
  Namespace,
  type RecordKind,
  verifyPeerRecord
} from '@rendezvous-cluster/rendezvous'
import { ClusterSettings, openRedis, RedisConnection, RedisStore } from '@rendezvous-cluster/stores'
import { expect } from 'vitest'
import { featureTests } from './support/feature-tests.ts'
import { findRustPeers, type RustPeer } from './support/find-rust-peer.ts'
import { describeRustClients } from './support/rust-peer-suite.ts'

const REGISTRATIONS = 5000
const PUTS_AT_ONCE = 50

/** Field 15 of an envelope, of type bytes: nobody knows it, so readers skip it. */
const UNKNOWN_FIELD_TAG = 0x7a

const { published, standard } = await findRustPeers()

describePaging(published)
describePaging(standard)

function describePaging(peer: RustPeer): void {
  const { works } = featureTests({
    implementation: 'rust-libp2p',
    version: peer.version,
    direction: 'client of ours'
  })

  describeRustClients(`Rust clients ${peer.name}`, peer, 3, (interop) => {
    works('cookie paging', 'see 5,000 of the largest records once each', async () => {
      const { namespace, nodes } = interop
      const registered = await fill(
        interop.redisUrl(),
        Namespace.fromText(namespace),
        peer.recordKind
      )
      const client = await interop.client(nodes.map(({ point }) => point))
      const startedAtMs = performance.now()
      const seen: string[] = []
      const sizes: number[] = []
      let cookie: string | undefined

      do {
        // Each page from another node.
        const node = nodes[sizes.length % nodes.length]?.peerId as string
        const page = await client.page(node, { namespace, cookie })

        cookie = page.cookie
        sizes.push(page.registrations.length)
        seen.push(...page.registrations.map(({ peerId }) => peerId))
      } while (sizes.at(-1) !== 0)

      const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)

      console.log(`${seen.length} registrations on ${sizes.length} pages in ${seconds} s: ${sizes}`)
      expect(seen).toHaveLength(REGISTRATIONS)
      expect(new Set(seen)).toEqual(registered)
    })
  })
}

/** Registers peers as a node does, and returns their ids. */
async function fill(url: string, namespace: Namespace, kind: RecordKind): Promise<Set<string>> {
  const connection = new RedisConnection({ url })
  const settings = new ClusterSettings(connection)
  const peers = new Set<string>()

  await openRedis(connection, settings, 5000)

  const store = new RedisStore({ connection, settings })

  async function put(): Promise<void> {
    const key = await generateKeyPair('Ed25519')
    const record = await largestRecord(key, kind)
    const verified = await verifyPeerRecord(record, kind)

    checkAddresses(verified)
    await store.put({
      kind,
      namespace,
      peerId: verified.peerId,
      record,
      ttlSeconds: 7200,
      isListed: true
    })
    peers.add(key.publicKey.toString())
  }

  try {
    for (let start = 0; start < REGISTRATIONS; start += PUTS_AT_ONCE) {
      await Promise.all(Array.from({ length: PUTS_AT_ONCE }, put))
    }
  } finally {
    await store.close()
  }

  return peers
}

/** As many bytes of addresses as there may be, and of the envelope too. */
async function largestRecord(key: PrivateKey, kind: RecordKind): Promise<Uint8Array> {
  const envelope = await sealPeerRecord(key, LARGEST_ADDRESSES, { kind })
  // Its tag and two bytes of length.
  const padding = new Uint8Array(ENVELOPE_BYTES_MAX - envelope.byteLength - 3)
  const length = [(padding.byteLength & 0x7f) | 0x80, padding.byteLength >> 7]

  return Buffer.concat([envelope, Uint8Array.of(UNKNOWN_FIELD_TAG, ...length), padding])
}

/** A TCP port takes 3 bytes, and the name 2 more than its letters. */
const LARGEST_ADDRESSES = Array.from({ length: ADDRESSES_MAX }, (_, index) => {
  const name = `${index}.`.padEnd(ADDRESS_BYTES_MAX / ADDRESSES_MAX - 5, 'x')

  return multiaddr(`/dns4/${name}/tcp/4001`)
})
