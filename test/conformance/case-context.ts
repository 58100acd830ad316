import { setTimeout as delay } from 'node:timers/promises'
import type { PrivateKey } from '@libp2p/interface'
import type { CasePeer } from './case-peer.ts'
import type { PointUnderTest } from './point-under-test.ts'
import { PROTOCOLS, type Protocol, type ProtocolName } from './protocols.ts'
import { SkippedError } from './skipped-error.ts'

/** What a case gets: peers and namespaces of its own, of one protocol. */
export interface CaseContext {
  point: PointUnderTest
  protocol: Protocol
  /** A namespace that nobody uses, in as many bytes as wanted. */
  namespace: (bytes?: number) => Uint8Array
  /** A peer of a new key, or of this one, on a connection of its own. */
  peer: (key?: PrivateKey) => Promise<CasePeer>
  /** So many peers, connected one after the other: points limit how fast. */
  peers: (count: number) => Promise<CasePeer[]>
  /** A peer that speaks another protocol to the same point. @throws SkippedError if that does not */
  peerOf: (name: ProtocolName, key?: PrivateKey) => Promise<CasePeer>
  /** The shortest lifetime that the point grants, in seconds. */
  shortestTtl: () => Promise<number>
  /** A lifetime that the point grants, in seconds: so much above its shortest, up to about ten. */
  lifetime: (above: number) => Promise<number>
  /** Waits for what only time brings. A case says in `waitsSeconds` how long in all. */
  wait: (seconds: number) => Promise<void>
  /** Ends all peers of the case. */
  close: () => Promise<void>
}

export function createCaseContext(point: PointUnderTest, protocol: Protocol): CaseContext {
  const connected: CasePeer[] = []

  async function connect(speaking: Protocol, key: PrivateKey | undefined): Promise<CasePeer> {
    const peer = await point.connect(speaking, key)

    connected.push(peer)

    return peer
  }

  return {
    point,
    protocol,
    namespace: (bytes) => point.namespace(bytes),
    peer: (key) => connect(protocol, key),
    async peers(count) {
      const peers: CasePeer[] = []

      while (peers.length < count) {
        peers.push(await connect(protocol, undefined))
      }

      return peers
    },
    async peerOf(name, key) {
      if (!point.spoken.includes(name)) {
        throw new SkippedError(`the point does not speak ${PROTOCOLS[name].id}`)
      }

      return connect(PROTOCOLS[name], key)
    },
    shortestTtl: () => point.shortestTtl(protocol.name),
    async lifetime(above) {
      const shortest = await point.shortestTtl(protocol.name)

      // Without a shortest one there is nothing to go by but what the protocol says.
      return above + (Number.isFinite(shortest) ? shortest : protocol.ttlSeconds.default / 2)
    },
    wait: (seconds) => delay(seconds * 1000),
    close: async () => void (await Promise.all(connected.map((peer) => peer.stop())))
  }
}
