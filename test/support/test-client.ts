import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { type DiscoveredPeer, PointClient, RefusedError } from '@rendezvous-cluster/client'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createTestPeer, type TestPeer } from './test-peer.ts'

/** A peer with the client library, connected to one point for as long as the test lasts. */
export interface TestClient {
  peer: TestPeer
  /** The connection that all requests take. */
  connection: Connection
  /** @returns the status: 0 for OK */
  register(namespace: string, ttlSeconds?: number): Promise<number>
  discover(namespace: string, limit?: number): Promise<DiscoveredPeer[]>
  /** Peer ids found, or the status of a refusal. */
  find(namespace: string): Promise<string[] | number>
  stop(): Promise<void>
}

/** @param known - a peer that has connected elsewhere too; by default a new one */
export async function connectTestClient(point: Multiaddr, known?: TestPeer): Promise<TestClient> {
  const peer = known ?? (await createTestPeer())
  const connection = await peer.node.dial(point)
  const client = new PointClient({
    dialect: DIALECTS.waku,
    openStream: (options) => connection.newStream(DIALECTS.waku.protocol, options)
  })
  const signedPeerRecord = await peer.seal()

  async function discover(namespace: string, limit?: number): Promise<DiscoveredPeer[]> {
    return client.discover({ namespace: Namespace.fromText(namespace), limit })
  }

  return {
    peer,
    connection,
    discover,
    async register(namespace, ttlSeconds) {
      const registration = {
        namespace: Namespace.fromText(namespace),
        signedPeerRecord,
        ttlSeconds
      }

      return client.register(registration).then(() => 0, statusOf)
    },
    find: async (namespace) =>
      discover(namespace).then((peers) => peers.map(({ peerId }) => peerId.toString()), statusOf),
    stop: peer.stop
  }
}

function statusOf(error: unknown): number {
  if (error instanceof RefusedError) {
    return error.status
  }

  throw error
}
