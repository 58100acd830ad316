import { prometheusMetrics } from '@libp2p/prometheus-metrics'
import {
  ArrivalTurns,
  EventLoopTurns,
  POINT_LIMITS_DEFAULT,
  type RejectReason,
  type RendezvousPoint,
  rendezvousPoint
} from '@rendezvous-cluster/point'
import { Admission } from './connections/admission.ts'
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
import type { OpenConnections } from './connections/open-connections.ts'
import { libp2pLogger } from './libp2p-logger.ts'
import { verifyEd25519Natively } from './native-ed25519.ts'
import type { PointNodeInit } from './point-node.ts'

/** What a node is put together from, held to the limits: the same whatever puts it together. */
export interface BoundedParts {
  limits: ConnectionLimits
  now: () => number
  logger: ReturnType<typeof libp2pLogger>
  metrics: ReturnType<typeof prometheusMetrics>
  tcp: ReturnType<typeof boundedTcp>
  webSockets: ReturnType<typeof boundedWebSockets>
  noise: ReturnType<typeof boundedNoise>
  muxers: BoundedYamux
  handshakes: ReturnType<typeof handshakeLimit>
  rendezvous: ReturnType<typeof rendezvousPoint>
  sweep: (connections: OpenConnections, point: RendezvousPoint) => ConnectionSweep
}

export async function boundedParts(init: PointNodeInit): Promise<BoundedParts> {
  const limits = { ...CONNECTION_LIMITS_DEFAULT, ...init.limits }
  const { accepting, connectionsMax } = init
  const now = init.point.now ?? (() => performance.now())
  const reject = (reason: RejectReason) => init.point.metrics?.rejected(reason)
  const turns = new EventLoopTurns()
  const arrivals = new ArrivalTurns()
  const admission = new Admission({
    connectionsMax,
    perIp: {
      connections: limits.perIp,
      newPerSecond: limits.newPerIpAndSecond,
      newBurst: limits.newPerIpBurst,
      limitsPrivate: limits.limitsPrivateSources
    },
    turns,
    onRefused: reject
  })
  const networkOf: Admission['networkOf'] = (connection) => admission.networkOf(connection)
  const { crypto, isNative } = await noiseCrypto()

  init.log.debug(
    {
      noise: isNative ? 'libsodium' : 'node',
      ed25519: (await verifyEd25519Natively()) ? 'libsodium' : 'node'
    },
    'cryptography'
  )

  return {
    limits,
    now,
    logger: libp2pLogger(init.log),
    metrics: prometheusMetrics({
      registry: init.registry,
      collectDefaultMetrics: false,
      // Otherwise it empties every registry in the process.
      preserveExistingMetrics: true
    }),
    tcp: boundedTcp({ accepting, admission }),
    webSockets: boundedWebSockets({
      tls: init.tls,
      accepting,
      admission,
      upgradeMs: limits.handshakeMs,
      pendingMax: limits.pending,
      onNotUpgraded: () => reject('websocket-upgrade'),
      onHeldUp: () => reject('handshake-bytes')
    }),
    noise: boundedNoise({ crypto, muxer: MUXER, onMalformed: () => reject('negotiation') }),
    muxers: new BoundedYamux({
      limits: { ...POINT_LIMITS_DEFAULT, ...init.point.limits },
      turns,
      networkOf,
      now,
      onRejected: reject
    }),
    handshakes: handshakeLimit({
      pendingMax: limits.pending,
      networkOf,
      turns: arrivals,
      onRejected: reject
    }),
    rendezvous: rendezvousPoint({ ...init.point, now, eventLoopTurns: turns }),
    sweep: (connections, point) =>
      new ConnectionSweep({
        connections,
        point,
        connectionsMax,
        idleMs: limits.idleMs,
        networkOf,
        now,
        onEnded: reject
      })
  }
}
