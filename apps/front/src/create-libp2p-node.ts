import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import type { RendezvousPoint } from '@rendezvous-cluster/point'
import { createLibp2p } from 'libp2p'
import { boundedParts } from './bounded-parts.ts'
import { answerPings } from './connections/answer-pings.ts'
import { OpenConnections, type OpenConnectionsComponents } from './connections/open-connections.ts'
import { keepOwnRecord } from './connections/own-record.ts'
import { rememberNoPeers } from './connections/remember-no-peers.ts'
import { countSockets } from './count-sockets.ts'
import type { PointNode, PointNodeInit } from './point-node.ts'

interface FrontServices {
  rendezvous: RendezvousPoint
  connections: OpenConnections
  listeners: PointNode['services']['listeners']
  [name: string]: unknown
}

/** A {@link PointNode} as libp2p puts one together, without what a node that only answers does not use. */
export async function createLibp2pNode(init: PointNodeInit): Promise<Libp2p<FrontServices>> {
  const { limits, now, handshakes, muxers, ...parts } = await boundedParts(init)
  const node = await createLibp2p<FrontServices>({
    start: false,
    privateKey: init.privateKey,
    nodeInfo: { name: 'rendezvous-cluster', version: init.version },
    addresses: { listen: [...init.listen], announce: [...init.announce] },
    transports: [parts.tcp, parts.webSockets],
    connectionEncrypters: [parts.noise],
    streamMuxers: [muxers.factory],
    logger: parts.logger,
    metrics: parts.metrics,
    // Pings every connection every 10 s by default: a full core near 10,000 connections.
    connectionMonitor: { enabled: false },
    connectionManager: {
      // Admission counts them before they cost anything. Beyond a number of its own libp2p would
      // also end connections that are in use.
      maxConnections: Number.POSITIVE_INFINITY,
      // It would refuse the newest; the handshakes' own limit ends another.
      maxIncomingPendingConnections: Number.POSITIVE_INFINITY,
      inboundUpgradeTimeout: limits.handshakeMs,
      // Counts by address, and a load balancer or test has only one.
      inboundConnectionThreshold: Number.MAX_SAFE_INTEGER
    },
    // A front node has no reason to dial: registered addresses must not make it.
    connectionGater: {
      denyDialPeer: () => true,
      denyDialMultiaddr: () => true,
      ...handshakes
    },
    services: {
      identify: identify({ runOnConnectionOpen: false }),
      ping: answerPings,
      peers: rememberNoPeers,
      ownRecord: keepOwnRecord,
      rendezvous: parts.rendezvous,
      connections: (components: OpenConnectionsComponents) => new OpenConnections(components, now),
      listeners: ({ transportManager }: { transportManager: TransportManager }) => ({
        addresses: () => transportManager.getAddrs(),
        countSockets: () => countSockets(transportManager.getListeners())
      })
    }
  })
  const sweep = parts.sweep(node.services.connections, node.services.rendezvous)

  for (const part of [muxers, sweep]) {
    node.addEventListener('start', () => part.start())
    node.addEventListener('stop', () => part.stop())
  }

  return node
}
