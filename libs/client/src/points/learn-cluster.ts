import type { AbortOptions } from '@libp2p/interface'
import { CLUSTER_NAMESPACE, Namespace } from '@rendezvous-cluster/rendezvous'
import type { DiscoveredPeer } from '../discovered-peers.ts'
import { dialableAddressesOf } from '../private-range.ts'
import type { ConnectedPoint } from './connect-to-point.ts'
import { createPoint } from './parse-points.ts'
import type { Point } from './point.ts'

const namespace = Namespace.fromText(CLUSTER_NAMESPACE)

/**
 * Asks a point for the other nodes of its cluster. Only points of a cluster list themselves there:
 * elsewhere anybody could have registered under this name, and nothing is learned.
 */
export async function learnCluster(
  { client, point, connection }: ConnectedPoint,
  options: AbortOptions
): Promise<Point[]> {
  const nodes = await client.discover({ namespace }, options)
  const others = nodes.filter(({ peerId }) => !peerId.equals(connection.remotePeer))

  return others.length < nodes.length ? others.flatMap((node) => toPoint(node, point)) : []
}

/** Nodes of one cluster are near each other: a private network of one is that of the others. */
function toPoint(node: DiscoveredPeer, near: Point): Point[] {
  const { peerId } = node
  const multiaddrs = dialableAddressesOf(node, near.multiaddrs)

  return multiaddrs.length === 0
    ? []
    : [createPoint({ key: peerId.toString(), peerId, multiaddrs, source: 'learned' })]
}
