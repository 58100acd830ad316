import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import type { Request } from '@rendezvous-cluster/rendezvous'
import {
  DIALECTS,
  type Dialect,
  FrameDecoder,
  REQUEST_FRAME_BYTES_MAX
} from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'
import {
  type DiscoverAnswer,
  discoverAnswer,
  type RegisterAnswer,
  registerAnswer
} from './stub-answers.ts'
import { createPeer, type StubPeer } from './stub-records.ts'

/** A request to a stub point, and what can be done with it. */
export interface Asked {
  request: Request
  /** How many of its type came before it. */
  index: number
  dialect: Dialect
  stream: Stream
  connection: Connection
  registered(answer?: RegisterAnswer): void
  discovered(answer?: DiscoverAnswer): void
}

/** What a stub point does with a request. */
export type Script = (asked: Asked) => unknown

export interface StubPointInit {
  dialects?: readonly Dialect[]
  /** Whether it ends its side of a stream once the client has. Default true. */
  endsStreams?: boolean
}

/** Grants what is asked for, and knows nobody. */
export const polite: Script = ({ request, registered, discovered }) =>
  request.type === 'register' ? registered() : request.type === 'discover' && discovered()

/** Takes requests and says nothing, ever. */
export const silent: Script = () => {}

/** A rendezvous point that does as it is told, over real connections. */
export class StubPoint {
  /** Whatever was asked, in order. */
  readonly requests: Request[] = []
  readonly node: Libp2p
  /** Itself, as its own record tells of it. */
  readonly peer: StubPeer
  script: Script = polite
  /** Requests that have not been answered or given up yet. */
  openStreams = 0
  openStreamsMax = 0
  readonly #endsStreams: boolean

  static async start({
    dialects = [DIALECTS.libp2p],
    endsStreams = true
  }: StubPointInit = {}): Promise<StubPoint> {
    const peer = await createPeer()
    const node = await createLibp2p({
      privateKey: peer.privateKey,
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
      connectionManager: { inboundConnectionThreshold: Number.POSITIVE_INFINITY }
    })
    const stub = new StubPoint(node, peer, endsStreams)

    for (const dialect of dialects) {
      await node.handle(
        dialect.protocol,
        (stream, connection) => stub.#serve(stream, connection, dialect),
        { maxInboundStreams: 1000 }
      )
    }

    return stub
  }

  private constructor(node: Libp2p, peer: StubPeer, endsStreams: boolean) {
    this.node = node
    this.peer = peer
    this.#endsStreams = endsStreams
  }

  get peerId(): string {
    return this.peer.peerId
  }

  /** Ends in `/p2p/<peer id>`. */
  get address(): string {
    return String(this.node.getMultiaddrs()[0])
  }

  count(type: Request['type']): number {
    return this.requests.filter((request) => request.type === type).length
  }

  async stop(): Promise<void> {
    await this.node.stop()
  }

  #serve(stream: Stream, connection: Connection, dialect: Dialect): void {
    const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)

    this.openStreamsMax = Math.max(this.openStreamsMax, ++this.openStreams)
    stream.addEventListener('close', () => this.openStreams--)
    stream.addEventListener('message', ({ data }) => {
      frames.append(data)

      for (let frame = frames.next(); frame != null; frame = frames.next()) {
        this.#answer(dialect.decodeRequest(frame), stream, connection, dialect)
      }
    })
    stream.addEventListener('remoteCloseWrite', () => {
      if (this.#endsStreams) {
        stream.close().catch(() => {})
      }
    })
  }

  #answer(request: Request, stream: Stream, connection: Connection, dialect: Dialect): void {
    const index = this.count(request.type)

    this.requests.push(request)
    this.script({
      request,
      index,
      stream,
      connection,
      dialect,
      registered: (answer) => stream.send(registerAnswer(dialect, answer)),
      discovered: (answer) => stream.send(discoverAnswer(dialect, answer))
    })
  }
}
