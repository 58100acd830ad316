import { type ICryptoInterface, type NoiseComponents, noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type {
  ComponentLogger,
  ConnectionEncrypter,
  MultiaddrConnection,
  PrivateKey,
  Stream,
  StreamMuxer,
  Transport
} from '@libp2p/interface'
import { select } from '@libp2p/multistream-select'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { encodeFrame } from '@rendezvous-cluster/wire'
import { MUXER } from '../../../front/src/connections/bounded-yamux.ts'
import { ENCRYPTION } from '../../../front/src/connections/handshake-limit.ts'
import { SILENT } from '../../../front/src/libp2p-logger.ts'
import { LoadStream, MULTISTREAM } from './load-stream.ts'

/** What a server that asks for anything is told: this peer has no protocols of its own. */
const NOT_AVAILABLE = Buffer.concat(
  [MULTISTREAM, 'na'].map((text) => encodeFrame(Buffer.from(`${text}\n`)))
)

const logger: ComponentLogger = { forComponent: () => SILENT }
const transport: Transport = tcp()({ logger })
const muxers = yamux({ enableKeepAlive: false })()

/**
 * A peer that can connect: put together from the same packages as libp2p, without what a load generator
 * does not use, so that one process has thousands of them and is not what is waited for.
 */
export class LoadPeer {
  readonly #encrypter: ConnectionEncrypter

  constructor(privateKey: PrivateKey, crypto: ICryptoInterface) {
    const components = {
      privateKey,
      logger,
      upgrader: { getStreamMuxers: () => new Map([[MUXER, muxers]]) }
    } as unknown as NoiseComponents

    this.#encrypter = noise({ crypto })(components)
  }

  /**
   * A connection of its own, each time.
   *
   * @throws Error where it is refused, or nobody is there
   */
  async connect(point: Multiaddr, signal: AbortSignal): Promise<LoadConnection> {
    const socket = await dial(point, signal)

    try {
      await select(socket, ENCRYPTION, { signal })

      const { connection, streamMuxer } = await this.#encrypter.secureOutbound(socket, { signal })

      if (streamMuxer == null) {
        await select(connection, MUXER, { signal })
      }

      return new LoadConnection(socket, muxers.createStreamMuxer(connection))
    } catch (error) {
      socket.abort(error as Error)

      throw error
    }
  }
}

export class LoadConnection {
  readonly #socket: MultiaddrConnection
  readonly #muxer: StreamMuxer

  constructor(socket: MultiaddrConnection, muxer: StreamMuxer) {
    this.#socket = socket
    this.#muxer = muxer
    muxer.addEventListener('stream', ({ detail }) => refuse(detail))
  }

  get isOpen(): boolean {
    return this.#socket.status === 'open'
  }

  async openStream(protocol: string): Promise<LoadStream> {
    return new LoadStream(await this.#muxer.createStream(), protocol)
  }

  /** Says goodbye, and resolves once the socket is closed. */
  async close(): Promise<void> {
    await this.#muxer.close()
    await this.#socket.close()
  }
}

async function dial(point: Multiaddr, signal: AbortSignal): Promise<MultiaddrConnection> {
  const upgrader = { upgradeOutbound: async (socket: unknown) => socket }
  const options = { signal, upgrader } as unknown as Parameters<Transport['dial']>[1]

  return (await transport.dial(point, options)) as unknown as MultiaddrConnection
}

function refuse(stream: Stream): void {
  stream.addEventListener('message', () => {
    if (stream.writeStatus === 'writable') {
      stream.send(NOT_AVAILABLE)
      void stream.close().catch(() => {})
    }
  })
}
