import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AbstractConnector, type RedisOptions } from 'ioredis'
import { writeOnceATurn } from './write-once-a-turn.ts'

/**
 * How ioredis reaches one server. Unlike its own connector it hears every error of a socket: that
 * one hears the first, and a further one would end the process.
 *
 * @see {@link hearAllErrors}
 */
export class ServerConnector extends AbstractConnector {
  readonly #options: RedisOptions

  /** @param options as ioredis has completed them, of type `RedisOptions` */
  constructor(options: unknown) {
    super((options as RedisOptions).disconnectTimeout as number)
    this.#options = options as RedisOptions
  }

  override async connect(): Promise<Socket> {
    const { host, port, tls } = this.#options
    const address = { host, port: port as number }
    const stream = tls == null ? connect(address) : connectTls({ ...address, ...tls })

    this.connecting = true
    this.stream = stream
    hearAllErrors(stream)
    writeOnceATurn(stream)
    // What ioredis tells of a socket that failed before it was handed over.
    stream.once('error', (error) => {
      this.firstError = error
    })

    return stream
  }
}

/**
 * Keeps errors of a socket from ending the process, where whoever uses it hears the first only.
 *
 * A TLS socket may have several, since Node tells of an alert after the handshake no matter what it
 * told before, and goes on after it. A server sends one to a client that ended its side meanwhile,
 * and it comes after the error of a certificate with another name; a reset may come after either.
 */
export function hearAllErrors(stream: Socket): void {
  stream.on('error', () => {
    // The first is told by ioredis, and the connection is over.
  })
}
