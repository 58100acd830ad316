import type {
  ConnectionEncrypter,
  Logger,
  MultiaddrConnection,
  Stream,
  StreamMuxerFactory,
  Upgrader
} from '@libp2p/interface'
import { MUXER } from '../connections/bounded-yamux.ts'
import { ENCRYPTION, type handshakeLimit } from '../connections/handshake-limit.ts'
import { StreamNegotiation } from '../connections/stream-negotiation.ts'
import { InboundConnection, type InboundConnectionInit } from './inbound-connection.ts'

export interface InboundUpgraderInit {
  encrypter: ConnectionEncrypter
  muxers: StreamMuxerFactory
  handshakes: ReturnType<typeof handshakeLimit>
  /** From when a handshake may begin, before any byte of it, to its end, in milliseconds. */
  handshakeMs: number
  /** Told of each connection before its handshake. */
  onSocket: (socket: MultiaddrConnection) => void
  onStream: InboundConnectionInit['onStream']
  onOpen: (connection: InboundConnection) => void
}

/** Makes connections of what transports accept: encrypted, and with streams. */
export class InboundUpgrader {
  readonly #init: InboundUpgraderInit

  constructor(init: InboundUpgraderInit) {
    this.#init = init
  }

  /** What transports use of an upgrader. */
  get forTransports(): Upgrader {
    const upgradeInbound: Upgrader['upgradeInbound'] = (socket) => this.#upgrade(socket)

    return { upgradeInbound } as Upgrader
  }

  async #upgrade(socket: MultiaddrConnection): Promise<void> {
    const { handshakes, handshakeMs, onSocket } = this.#init
    const deadline = setTimeout(
      () => socket.abort(new Error('the handshake lasts too long')),
      handshakeMs
    )

    onSocket(socket)

    try {
      await handshakes.denyInboundConnection?.(socket)
      await this.#shakeHands(socket)
    } catch (error) {
      socket.log.error('no connection with %a - %e', socket.remoteAddr, error)
      socket.abort(error as Error)

      throw error
    } finally {
      clearTimeout(deadline)
    }
  }

  async #shakeHands(socket: MultiaddrConnection): Promise<void> {
    const { encrypter, muxers, handshakes, onStream, onOpen } = this.#init

    await agreeOn(ENCRYPTION, socket)

    const { connection: encrypted, remotePeer, streamMuxer } = await encrypter.secureInbound(socket)

    if (streamMuxer == null) {
      await agreeOn(MUXER, encrypted)
    }

    const muxer = muxers.createStreamMuxer(encrypted)

    await handshakes.denyInboundUpgradedConnection?.(remotePeer, socket)

    if (socket.status !== 'open') {
      throw new Error('its peer has gone')
    }

    onOpen(new InboundConnection({ socket, muxer, remotePeer, onStream }))
  }
}

/** What libp2p's connections have in common with its streams. */
type Negotiable = Pick<MultiaddrConnection, 'status'> & { log?: Logger }

async function agreeOn(protocol: string, connection: Negotiable): Promise<void> {
  const ended = Promise.withResolvers<void>()
  let isAgreed = false

  new StreamNegotiation({
    stream: connection as unknown as Stream,
    protocols: [protocol],
    onAgreed: () => {
      isAgreed = true
    },
    // Right before it is agreed, too.
    onEnd: ended.resolve,
    onMalformed: () => {}
  })

  await ended.promise

  if (!isAgreed) {
    throw new Error(`${protocol} is not agreed`)
  }
}
