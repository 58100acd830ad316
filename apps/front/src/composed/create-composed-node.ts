import type { NoiseComponents } from '@chainsafe/libp2p-noise'
import type { Connection, Libp2pEvents, Listener, Startable, Transport } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import { boundedParts } from '../bounded-parts.ts'
import { answerPings } from '../connections/answer-pings.ts'
import { MUXER } from '../connections/bounded-yamux.ts'
import { closeConnection } from '../connections/close-connection.ts'
import { OpenConnections } from '../connections/open-connections.ts'
import { countSockets } from '../count-sockets.ts'
import { type PointNode, type PointNodeInit, withPeerId } from '../point-node.ts'
import { answerIdentify } from './answer-identify.ts'
import type { InboundConnection } from './inbound-connection.ts'
import { InboundUpgrader } from './inbound-upgrader.ts'
import { ListenError } from './listen-error.ts'
import { ProtocolHandlers } from './protocol-handlers.ts'

/** Longest time for the ends of connections when the node stops, in milliseconds. */
const CLOSE_MS_MAX = 1000

/**
 * A {@link PointNode} put together from libp2p's transports, noise and yamux, without libp2p itself: a
 * node that only answers uses little of it, and pays for the rest with each connection.
 */
export async function createComposedNode(init: PointNodeInit): Promise<PointNode> {
  const { limits, now, handshakes, muxers, logger, ...parts } = await boundedParts(init)
  const { privateKey } = init
  const peerId = peerIdFromPrivateKey(privateKey)
  const metrics = parts.metrics({ logger })
  const events = new TypedEventEmitter<Libp2pEvents>()
  const handlers = new ProtocolHandlers()
  // Services that only answer use nothing else of it.
  const registrar = handlers as unknown as Registrar
  const muxerFactory = muxers.factory({ registrar })
  const upgrader = new InboundUpgrader({
    encrypter: parts.noise({
      privateKey,
      logger,
      metrics,
      upgrader: { getStreamMuxers: () => new Map([[MUXER, muxerFactory]]) }
    } as unknown as NoiseComponents),
    muxers: muxerFactory,
    handshakes,
    handshakeMs: limits.handshakeMs,
    onSocket: (socket) => metrics.trackMultiaddrConnection(socket),
    onStream: (stream, connection) => void handlers.answer(stream, connection),
    onOpen: (connection) => tellOfConnection(events, connection)
  })
  const connections = new OpenConnections(
    { events, connectionManager: { getConnections: () => [] } as unknown as ConnectionManager },
    now
  )
  const rendezvous = parts.rendezvous({ registrar })
  const listeners = new Listeners(
    [parts.tcp({ logger, metrics }), parts.webSockets({ logger, metrics, events })],
    upgrader
  )
  const announced = () =>
    init.announce.length === 0
      ? listeners.addresses()
      : init.announce.map((address) => multiaddr(address))
  const services: Startable[] = [
    connections,
    muxers,
    parts.sweep(connections, rendezvous),
    rendezvous,
    answerPings({ registrar }),
    answerIdentify(
      {
        privateKey,
        agentVersion: `rendezvous-cluster/${init.version} node/${process.versions.node}`,
        addresses: announced
      },
      registrar
    )
  ]

  return {
    peerId,
    services: { rendezvous, listeners, connections },
    getConnections: () => [...connections].map(([connection]) => connection),
    getMultiaddrs: () => announced().map((address) => withPeerId(address, peerId)),
    async start() {
      for (const service of services) {
        await service.start()
      }

      await listeners.listen(init.listen.map((address) => multiaddr(address)))
    },
    async stop() {
      const signal = AbortSignal.timeout(CLOSE_MS_MAX)

      await Promise.all([...connections].map(([connection]) => closeConnection(connection, signal)))
      await listeners.close()

      for (const service of services.toReversed()) {
        await service.stop()
      }
    }
  }
}

/** Where peers come in. */
class Listeners {
  /** In the order of their addresses. */
  open: readonly Listener[] = []
  readonly #transports: readonly Transport[]
  readonly #upgrader: InboundUpgrader

  constructor(transports: readonly Transport[], upgrader: InboundUpgrader) {
    this.#transports = transports
    this.#upgrader = upgrader
  }

  /** @throws Error where it cannot listen on one of them; nobody listens then */
  async listen(addresses: readonly Multiaddr[]): Promise<void> {
    try {
      await Promise.all(addresses.map((address) => this.#listenOn(address)))
    } catch (error) {
      await this.close()

      throw error
    }
  }

  addresses(): Multiaddr[] {
    return this.open.flatMap((listener) => listener.getAddrs())
  }

  countSockets(): Promise<number> {
    return countSockets(this.open)
  }

  async close(): Promise<void> {
    const open = this.open

    this.open = []
    await Promise.all(open.map((listener) => listener.close()))
  }

  async #listenOn(address: Multiaddr): Promise<void> {
    const transport = this.#transports.find((each) => each.listenFilter([address]).length > 0)

    if (transport == null) {
      throw new Error(`no transport listens on ${address.toString()}`)
    }

    const listener = transport.createListener({ upgrader: this.#upgrader.forTransports })

    this.open = [...this.open, listener]

    try {
      await listener.listen(address)
    } catch (error) {
      throw new ListenError(address, { cause: error })
    }
  }
}

function tellOfConnection(
  events: TypedEventEmitter<Libp2pEvents>,
  connection: InboundConnection
): void {
  const detail: Connection = connection

  connection.addEventListener('close', () =>
    events.safeDispatchEvent('connection:close', { detail })
  )
  events.safeDispatchEvent('connection:open', { detail })
}
