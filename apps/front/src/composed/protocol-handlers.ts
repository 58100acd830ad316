import type { Connection, Stream, StreamHandler, StreamHandlerOptions } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'

/** Streams of a protocol on one connection, where its handler does not say, as in libp2p. */
const STREAMS_MAX_DEFAULT = 32

interface ProtocolHandler {
  handle: StreamHandler
  streamsMax: number
}

/** Who answers streams, by protocol: of libp2p's registrar what services that only answer use. */
export class ProtocolHandlers implements Pick<Registrar, 'handle' | 'unhandle' | 'getProtocols'> {
  readonly #handlers = new Map<string, ProtocolHandler>()
  #protocols: string[] = []

  async handle(
    protocol: string,
    handle: StreamHandler,
    { maxInboundStreams = STREAMS_MAX_DEFAULT }: StreamHandlerOptions = {}
  ): Promise<void> {
    this.#handlers.set(protocol, { handle, streamsMax: maxInboundStreams })
    this.#protocols = [...this.#handlers.keys()].sort()
  }

  async unhandle(protocols: string | string[]): Promise<void> {
    for (const protocol of [protocols].flat()) {
      this.#handlers.delete(protocol)
    }

    this.#protocols = [...this.#handlers.keys()].sort()
  }

  getProtocols(): string[] {
    return this.#protocols
  }

  /** @param stream - whose protocol is agreed; it is reset where nobody answers it, or one too many */
  async answer(stream: Stream, connection: Connection): Promise<void> {
    const handler = this.#handlers.get(stream.protocol)

    try {
      if (handler == null) {
        throw new Error(`${stream.protocol} is not served any more`)
      }

      if (streamsOf(connection, stream.protocol) > handler.streamsMax) {
        throw new Error(`too many streams of ${stream.protocol}`)
      }

      await handler.handle(stream, connection)
    } catch (error) {
      stream.abort(error as Error)
    }
  }
}

function streamsOf({ streams }: Connection, protocol: string): number {
  return streams.filter((stream) => stream.protocol === protocol).length
}
