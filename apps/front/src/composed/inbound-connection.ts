import type {
  AbortOptions,
  Connection,
  Logger,
  MessageStreamEvents,
  MultiaddrConnection,
  PeerId,
  Stream,
  StreamMuxer
} from '@libp2p/interface'
import { connectionSymbol, StreamCloseEvent } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'

export interface InboundConnectionInit {
  /** Of the transport. */
  socket: MultiaddrConnection
  muxer: StreamMuxer
  remotePeer: PeerId
  /** Answers a stream whose protocol is agreed. */
  onStream: (stream: Stream, connection: Connection) => void
}

let count = 0

/** A peer's connection, encrypted and with its streams told apart. It opens none itself. */
export class InboundConnection
  extends TypedEventEmitter<MessageStreamEvents>
  implements Connection
{
  readonly [connectionSymbol] = true
  readonly id = `${++count}`
  readonly direction = 'inbound'
  readonly direct = true
  readonly encryption = '/noise'
  readonly remotePeer: PeerId
  readonly muxer: StreamMuxer
  readonly #socket: MultiaddrConnection

  constructor({ socket, muxer, remotePeer, onStream }: InboundConnectionInit) {
    super()
    this.remotePeer = remotePeer
    this.#socket = socket
    this.muxer = muxer
    muxer.addEventListener('stream', ({ detail }) => onStream(detail, this))
    socket.addEventListener('close', ({ local, error }) =>
      this.dispatchEvent(new StreamCloseEvent(local, error))
    )
  }

  get remoteAddr(): Multiaddr {
    return this.#socket.remoteAddr
  }

  get multiplexer(): string {
    return this.muxer.protocol
  }

  get timeline(): Connection['timeline'] {
    return this.#socket.timeline
  }

  get log(): Logger {
    return this.#socket.log
  }

  get streams(): Stream[] {
    return this.muxer.streams
  }

  get status(): Connection['status'] {
    return this.#socket.status
  }

  async newStream(): Promise<never> {
    throw new Error('a front node opens no streams')
  }

  async close(options?: AbortOptions): Promise<void> {
    await this.muxer.close(options)
    await this.#socket.close(options)
  }

  abort(error: Error): void {
    this.muxer.abort(error)
    this.#socket.abort(error)
  }
}
