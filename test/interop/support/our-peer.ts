import type { PrivateKey } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { PointClient, sealPeerRecord } from '@rendezvous-cluster/client'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import { createTestPeer } from '../../support/test-peer.ts'

/** A peer with our client, connected to a point. */
export interface OurPeer {
  peerId: string
  client: PointClient
  /** @returns the granted TTL in seconds */
  register(namespace: string, ttlSeconds?: number): Promise<number>
  /** Peer ids in a namespace, and the cookie that goes on from there. */
  page(query: {
    namespace?: string
    limit?: number
    cookie?: Uint8Array
  }): Promise<{ peerIds: string[]; ttlSeconds: number[]; cookie?: Uint8Array }>
  /** From all namespaces without one. */
  unregister(namespace?: string): Promise<void>
  stop(): Promise<void>
}

export async function connectOurPeer(
  point: string,
  dialectName: DialectName,
  key?: PrivateKey
): Promise<OurPeer> {
  const { node, privateKey, stop } = await createTestPeer(key)
  const dialect = DIALECTS[dialectName]
  const connection = await node.dial(multiaddr(point))
  const client = new PointClient({
    dialect,
    openStream: (options) => connection.newStream(dialect.protocol, options)
  })

  return {
    peerId: node.peerId.toString(),
    client,
    async register(namespace, ttlSeconds) {
      const addresses = [multiaddr('/ip4/192.0.2.1/tcp/4001')]
      const { recordKind: kind } = dialect.rules

      return client.register({
        namespace: Namespace.fromText(namespace),
        signedPeerRecord: await sealPeerRecord(privateKey, addresses, { kind }),
        ttlSeconds
      })
    },
    async page({ namespace, ...query }) {
      const { peers, cookie } = await client.discoverPage({
        ...query,
        namespace: namespace == null ? undefined : Namespace.fromText(namespace)
      })

      return {
        peerIds: peers.map(({ peerId }) => peerId.toString()),
        ttlSeconds: peers.map(({ ttlSeconds }) => ttlSeconds),
        cookie
      }
    },
    unregister: (namespace) =>
      client.unregister({
        namespace: namespace == null ? undefined : Namespace.fromText(namespace)
      }),
    stop
  }
}
