import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { type DiscoveredPeer, PointClient, RefusedError } from '@rendezvous-cluster/client'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
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
  /** Namespaces that a page over all of them shows, for dialects that have one. */
  listed(): Promise<string[]>
  stop(): Promise<void>
}

export interface TestClientInit {
  /** Default `waku`. */
  dialect?: DialectName
  /** Multiaddrs that its record holds. Default: one on loopback. */
  addresses?: string[]
}

/** @param known - a peer that has connected elsewhere too; by default a new one */
export async function connectTestClient(
  point: Multiaddr,
  known?: TestPeer,
  { dialect: name = 'waku', addresses }: TestClientInit = {}
): Promise<TestClient> {
  const dialect = DIALECTS[name]
  const peer = known ?? (await createTestPeer())
  const connection = await peer.node.dial(point)
  const client = new PointClient({
    dialect,
    openStream: (options) => connection.newStream(dialect.protocol, options)
  })
  const signedPeerRecord = await peer.seal(addresses)

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
    async listed() {
      const { registrations } = await client.readPage({})

      return registrations.map(({ namespace }) => new TextDecoder().decode(namespace))
    },
    stop: peer.stop
  }
}

function statusOf(error: unknown): number {
  if (error instanceof RefusedError) {
    return error.status
  }

  throw error
}
