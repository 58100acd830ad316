import type { AbortOptions } from '@libp2p/interface'
import { CLUSTER_NAMESPACE, Namespace } from '@rendezvous-cluster/rendezvous'
import type { DiscoveredPeer } from '../discovered-peers.ts'
import { dialableAddresses } from '../private-range.ts'
import type { ConnectedPoint } from './connect-to-point.ts'
import { createPoint } from './parse-points.ts'
import type { Point } from './point.ts'

/** Most addresses taken of one point. */
const ADDRESSES_MAX = 8

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
function toPoint({ peerId, multiaddrs }: DiscoveredPeer, near: Point): Point[] {
  const key = peerId.toString()
  const addresses = dialableAddresses(multiaddrs, near.multiaddrs)
    .slice(0, ADDRESSES_MAX)
    .map((address) => address.encapsulate(`/p2p/${key}`))

  return addresses.length === 0
    ? []
    : [createPoint({ key, peerId, multiaddrs: addresses, source: 'learned' })]
}
