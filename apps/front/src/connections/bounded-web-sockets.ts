import type { EventEmitter } from 'node:events'
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Server, Socket } from 'node:net'
import type { Listener, MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface'
import { type WebSocketsComponents, webSockets } from '@libp2p/websockets'
import type { Admission } from './admission.ts'
import { HANDSHAKE_BYTES_MAX } from './handshake-limit.ts'
import { UpgradeLimit } from './upgrade-limit.ts'

/**
 * Longest WebSocket message: one is handed on when it is whole. Peers put an encrypted frame of at
 * most 64 KiB into each, or as Rust's several together, below 200 KiB.
 */
const MESSAGE_BYTES_MAX = 256 * 1024

/** Most frames that a message may come in: each holds back the up to 64 KiB that were read with it. */
const FRAMES_MAX = 64

/** Most reads that a frame may come in: each costs more than its bytes. */
const READS_MAX = 1024

/** Longest head of a request; a browser's has some hundred bytes. */
const HEAD_BYTES_MAX = 8 * 1024

/** Unsent bytes of a connection at which its streams have to wait. */
const UNSENT_BYTES_MAX = 256 * 1024

/** How often it is looked whether they have been sent, in milliseconds. */
const UNSENT_POLL_MS = 50

/** What the parser of HTTP is told to leave alone all that follows a head. */
const PARSE_NO_MORE = 2

/** How long a peer may take to confirm the end of a WebSocket, in milliseconds. */
const CLOSE_MS_MAX = 5000

export interface BoundedWebSocketsInit {
  /** PEM; needed for addresses with TLS. */
  tls?: { cert: string; key: string }
  /** Once aborted no new connection is accepted; those that are open stay. */
  accepting: AbortSignal
  admission: Admission
  /** Longest way from a connection to a WebSocket, in milliseconds. */
  upgradeMs: number
  /** Connections that may be on that way at once; for the next, another has to go. */
  pendingMax: number
  /** Told of each connection that is ended since it was slow, or one too many, on that way. */
  onNotUpgraded: () => void
  /** Told of each connection that is held up for what it sends ahead of its handshake. */
  onHeldUp: () => void
}

/** What is used of a WebSocket of the package `ws`. */
interface PeerWebSocket extends EventEmitter {
  isPaused: boolean
  pause(): void
  resume(): void
  terminate(): void
}

/** What libp2p's listener has beyond its interface. */
type WebSocketListener = Listener & {
  server: Server
  /** Made when it listens, one of them. */
  http?: HttpServer
  https?: HttpsServer
  wsServer: { options: object }
  onWsServerConnection(webSocket: PeerWebSocket, request: IncomingMessage): void
}

/** What a socket of Node's HTTP has beyond its interface. */
type HttpSocket = Socket & {
  parser: {
    /** Told of each request, once its head is read. */
    onIncoming(request: IncomingMessage & { upgrade: boolean }, keepAlive: boolean): number
  }
}

/** Bytes in pieces, as libp2p has them. */
interface Pieces extends Iterable<Uint8Array> {
  sublist(start: number, end: number): Pieces
}

/** What its connections have beyond theirs. */
type WebSocketConnection = MultiaddrConnection & {
  websocket: PeerWebSocket
  readStatus: string
  sendData(data: Pieces): { sentBytes: number; canSendMore: boolean }
  sendReset(): void
  sendPause(): void
  sendResume(): void
}

/**
 * libp2p's WebSockets, held to what holds for TCP. As published a listener waits for requests without
 * end, answers any number, gathers messages of 100 MiB, can't stop reading, keeps idle and reset
 * connections open, and ends the process when a peer breaks the protocol. None of it can be set, so
 * what libp2p has made is changed here; a test for each change tells when another version is made otherwise.
 */
export function boundedWebSockets(
  init: BoundedWebSocketsInit
): (components: WebSocketsComponents) => Transport {
  const upgrades = new UpgradeLimit({
    ...init,
    networkOf: (socket) => init.admission.networkOfSocket(socket),
    onEnded: init.onNotUpgraded
  })
  const http = { maxHeaderSize: HEAD_BYTES_MAX }

  return (components) => {
    const transport = webSockets({
      http,
      https: { ...http, cert: init.tls?.cert, key: init.tls?.key },
      maxBufferedAmount: UNSENT_BYTES_MAX,
      bufferedAmountPollInterval: UNSENT_POLL_MS
    })(components)
    const createListener = transport.createListener.bind(transport)

    transport.createListener = (options) => {
      const sockets = new WeakMap<PeerWebSocket, Socket>()
      const upgrader = boundUpgrader(options.upgrader, sockets, init)
      const listener = createListener({ ...options, upgrader }) as WebSocketListener

      boundListener(listener, upgrades, sockets, init)

      return listener
    }

    return transport
  }
}

/** @param sockets - told the socket of each WebSocket */
function boundListener(
  listener: WebSocketListener,
  upgrades: UpgradeLimit,
  sockets: WeakMap<PeerWebSocket, Socket>,
  { accepting, admission }: BoundedWebSocketsInit
): void {
  const { server, wsServer, listen, close, onWsServerConnection } = listener

  Object.assign(wsServer.options, {
    maxPayload: MESSAGE_BYTES_MAX,
    maxFragments: FRAMES_MAX,
    maxBufferedChunks: READS_MAX,
    closeTimeout: CLOSE_MS_MAX
  })

  admission.guard(server)
  server.on('connection', (socket) => upgrades.watch(socket))
  // A connection that could not be accepted, for example at the limit of open files, is no reason
  // to end. Libp2p listens to errors of the start only.
  server.on('error', () => {})
  // Closing the listener would end its connections too.
  accepting.addEventListener('abort', () => server.close(), { once: true })

  listener.listen = async (address) => {
    await listen.call(listener, address)
    listener.http?.on('connection', answerOnce)
    listener.https?.on('secureConnection', answerOnce)
  }

  listener.close = () => {
    upgrades.endAll()

    return close.call(listener)
  }

  listener.onWsServerConnection = (webSocket, request) => {
    upgrades.upgraded(request.socket)
    sockets.set(webSocket, request.socket)
    webSocket.on('error', () => webSocket.terminate())
    onWsServerConnection.call(listener, webSocket, request)
  }
}

/**
 * Has the first request upgraded, or answered with the end of its connection. As published all that come
 * behind it are parsed and answered too, 2,600 of them in one read.
 */
function answerOnce(socket: Socket): void {
  const { parser } = socket as HttpSocket
  const { onIncoming } = parser

  parser.onIncoming = (first) => {
    parser.onIncoming = (another) => {
      another.upgrade = false

      return PARSE_NO_MORE
    }
    onIncoming.call(parser, first, false)

    return PARSE_NO_MORE
  }
}

/** Of an upgrader the listener uses nothing else. */
function boundUpgrader(
  upgrader: Upgrader,
  sockets: WeakMap<PeerWebSocket, Socket>,
  { onHeldUp }: BoundedWebSocketsInit
): Upgrader {
  const upgradeInbound: Upgrader['upgradeInbound'] = async (inbound, options) => {
    const connection = inbound as WebSocketConnection
    const { websocket } = connection
    const socket = sockets.get(websocket)
    let bytes = 0

    connection.sendData = inPieces(connection.sendData.bind(connection))
    connection.sendReset = () => websocket.terminate()
    connection.sendPause = () => websocket.pause()
    connection.sendResume = () => websocket.resume()

    // The handshake's own limit sees whole messages, and so too late. This listener comes after that
    // of the WebSocket, so that what belongs to the handshake has been handed on.
    function countAhead(data: { byteLength: number }): void {
      bytes += data.byteLength

      if (bytes > HANDSHAKE_BYTES_MAX && !websocket.isPaused) {
        websocket.pause()
        onHeldUp()
      }
    }

    socket?.on('data', countAhead)

    try {
      await upgrader.upgradeInbound(connection, options)
    } catch (error) {
      // Otherwise libp2p waits for the peer to confirm the end.
      connection.abort(error as Error)

      throw error
    } finally {
      socket?.off('data', countAhead)
    }

    // Paused by its muxer meanwhile, it is read on by that.
    if (connection.readStatus === 'readable') {
      websocket.resume()
    }
  }

  return { upgradeInbound } as Upgrader
}

/**
 * Hands the WebSocket no more than it takes, as TCP does: what waits elsewhere can be seen to become
 * less while the peer reads.
 */
function inPieces(sendData: WebSocketConnection['sendData']): WebSocketConnection['sendData'] {
  return (data) => {
    let sentBytes = 0

    for (const piece of data) {
      const end = sentBytes + piece.byteLength
      const { canSendMore } = sendData(data.sublist(sentBytes, end))

      sentBytes = end

      if (!canSendMore) {
        return { sentBytes, canSendMore }
      }
    }

    return { sentBytes, canSendMore: true }
  }
}
