import { identify } from '@libp2p/identify'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import { prometheusMetrics } from '@libp2p/prometheus-metrics'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import {
  EventLoopTurns,
  POINT_LIMITS_DEFAULT,
  type RejectReason,
  type RendezvousPoint,
  type RendezvousPointInit,
  rendezvousPoint
} from '@rendezvous-cluster/point'
import { createLibp2p } from 'libp2p'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { Admission } from './connections/admission.ts'
import { answerPings } from './connections/answer-pings.ts'
import { boundedNoise } from './connections/bounded-noise.ts'
import { boundedTcp } from './connections/bounded-tcp.ts'
import { boundedWebSockets } from './connections/bounded-web-sockets.ts'
import { BoundedYamux, MUXER } from './connections/bounded-yamux.ts'
import {
  CONNECTION_LIMITS_DEFAULT,
  type ConnectionLimits
} from './connections/connection-limits.ts'
import { ConnectionSweep } from './connections/connection-sweep.ts'
import { handshakeLimit } from './connections/handshake-limit.ts'
import { noiseCrypto } from './connections/noise-crypto.ts'
import { OpenConnections, type OpenConnectionsComponents } from './connections/open-connections.ts'
import { keepOwnRecord } from './connections/own-record.ts'
import { rememberNoPeers } from './connections/remember-no-peers.ts'
import { libp2pLogger } from './libp2p-logger.ts'

export interface Libp2pNodeInit {
  privateKey: PrivateKey
  /** Multiaddrs. */
  listen: readonly string[]
  /** Multiaddrs; empty for those listened on. */
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

export interface FrontServices {
  rendezvous: RendezvousPoint
  connections: OpenConnections
  /** Where it listens, whatever it announces. */
  listeners: { addresses: () => Multiaddr[] }
  [name: string]: unknown
}

/**
 * A libp2p node that only answers: it never dials, asks nobody to identify, and spends nothing on
 * connections that are idle. All libp2p packages of the front node are imported here and
 * by what bounds them.
 */
export async function createLibp2pNode(init: Libp2pNodeInit): Promise<Libp2p<FrontServices>> {
  const limits = { ...CONNECTION_LIMITS_DEFAULT, ...init.limits }
  const pointLimits = { ...POINT_LIMITS_DEFAULT, ...init.point.limits }
  const { accepting } = init
  const now = init.point.now ?? (() => performance.now())
  const reject = (reason: RejectReason) => init.point.metrics?.rejected(reason)
  const turns = new EventLoopTurns()
  const admission = new Admission({
    connectionsMax: init.connectionsMax,
    perIp: {
      connections: limits.perIp,
      newPerSecond: limits.newPerIpAndSecond,
      newBurst: limits.newPerIpBurst,
      limitsPrivate: limits.limitsPrivateSources
    },
    turns,
    onRefused: reject
  })
  const { crypto, isNative } = await noiseCrypto()
  const muxers = new BoundedYamux({
    limits: pointLimits,
    turns,
    networkOf: (connection) => admission.networkOf(connection),
    now,
    onRejected: reject
  })

  init.log.debug({ noise: isNative ? 'libsodium' : 'node' }, 'cryptography')

  const node = await createLibp2p<FrontServices>({
    start: false,
    privateKey: init.privateKey,
    nodeInfo: { name: 'rendezvous-cluster', version: init.version },
    addresses: { listen: [...init.listen], announce: [...init.announce] },
    transports: [
      boundedTcp({ accepting, admission }),
      boundedWebSockets({
        tls: init.tls,
        accepting,
        admission,
        upgradeMs: limits.handshakeMs,
        pendingMax: limits.pending,
        onNotUpgraded: () => reject('websocket-upgrade'),
        onHeldUp: () => reject('handshake-bytes')
      })
    ],
    connectionEncrypters: [
      boundedNoise({ crypto, muxer: MUXER, onMalformed: () => reject('negotiation') })
    ],
    streamMuxers: [muxers.factory],
    logger: libp2pLogger(init.log),
    metrics: prometheusMetrics({
      registry: init.registry,
      collectDefaultMetrics: false,
      // Otherwise it empties every registry in the process.
      preserveExistingMetrics: true
    }),
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
      ...handshakeLimit({
        pendingMax: limits.pending,
        networkOf: (connection) => admission.networkOf(connection),
        onRejected: reject
      })
    },
    services: {
      identify: identify({ runOnConnectionOpen: false }),
      ping: answerPings,
      peers: rememberNoPeers,
      ownRecord: keepOwnRecord,
      rendezvous: rendezvousPoint({
        ...init.point,
        now,
        eventLoopTurns: turns
      }),
      connections: (components: OpenConnectionsComponents) => new OpenConnections(components, now),
      listeners: ({ transportManager }: { transportManager: TransportManager }) => ({
        addresses: () => transportManager.getAddrs()
      })
    }
  })

  const sweep = new ConnectionSweep({
    connections: node.services.connections,
    point: node.services.rendezvous,
    connectionsMax: init.connectionsMax,
    idleMs: limits.idleMs,
    networkOf: (connection) => admission.networkOf(connection),
    now,
    onEnded: reject
  })

  for (const part of [muxers, sweep]) {
    node.addEventListener('start', () => part.start())
    node.addEventListener('stop', () => part.stop())
  }

  return node
}

/** The node's addresses as text, each ending in its peer id. */
export function dialableAddresses(node: Libp2p): string[] {
  return withPeerId(node, node.getMultiaddrs())
}

/** As {@link dialableAddresses}, where it listens itself: for those on the same host. */
export function listeningAddresses(node: Libp2p<FrontServices>): string[] {
  return withPeerId(node, node.services.listeners.addresses())
}

function withPeerId(node: Libp2p, addresses: readonly Multiaddr[]): string[] {
  const suffix = `/p2p/${node.peerId.toString()}`

  return addresses.map((address) => {
    const text = multiaddr(address).toString()

    return text.endsWith(suffix) ? text : `${text}${suffix}`
  })
}
