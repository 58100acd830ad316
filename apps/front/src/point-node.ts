import type { Connection, PeerId, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { RendezvousPoint, RendezvousPointInit } from '@rendezvous-cluster/point'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { ConnectionLimits } from './connections/connection-limits.ts'

export interface PointNodeInit {
  privateKey: PrivateKey
  /** Multiaddrs. */
  listen: readonly string[]
  /** Multiaddrs, not ending in the node's own peer id; empty for those listened on. */
  announce: readonly string[]
  /** PEM; needed to listen on WebSockets with TLS. */
  tls?: { cert: string; key: string }
  connectionsMax: number
  /** Default: `CONNECTION_LIMITS_DEFAULT`. */
  limits?: Partial<ConnectionLimits>
  /** Once aborted no new connection is accepted; those that are open stay. */
  accepting: AbortSignal
  point: RendezvousPointInit
  registry: Registry
  log: Logger
  version: string
}

/**
 * What peers connect to: it only answers, never dials, asks nobody to identify, and spends nothing on
 * connections that are idle.
 */
export interface PointNode {
  readonly peerId: PeerId
  readonly services: {
    rendezvous: RendezvousPoint
    listeners: {
      /** Where it listens, whatever it announces. */
      addresses: () => Multiaddr[]
      /** Connections of the system that came in there, those that have not shaken hands yet among them. */
      countSockets: () => Promise<number>
    }
    /** Those that have shaken hands: to count them is cheaper than {@link PointNode.getConnections}. */
    connections: { readonly size: number }
  }
  getConnections(): Connection[]
  /** Those that are announced, or else those that it listens on. */
  getMultiaddrs(): Multiaddr[]
  /** @throws Error where it cannot listen on one of its addresses */
  start(): unknown
  /** Ends its connections. */
  stop(): unknown
}

/** The node's addresses as text, each ending in its peer id. */
export function dialableAddresses(node: PointNode): string[] {
  return node.getMultiaddrs().map((address) => withPeerId(address, node.peerId).toString())
}

/** As {@link dialableAddresses}, where it listens itself: for those on the same host. */
export function listeningAddresses(node: PointNode): string[] {
  return node.services.listeners
    .addresses()
    .map((address) => withPeerId(address, node.peerId).toString())
}

/** An address that ends in the peer id, whether it did or not. */
export function withPeerId(address: Multiaddr, peerId: PeerId): Multiaddr {
  const suffix = `/p2p/${peerId.toString()}`

  return address.toString().endsWith(suffix) ? address : address.encapsulate(suffix)
}
