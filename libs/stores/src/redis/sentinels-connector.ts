import type { Socket } from 'node:net'
import { type Redis, type RedisOptions, type SentinelAddress, SentinelConnector } from 'ioredis'
import { hearAllErrors, ServerConnector } from './server-connector.ts'
import { writeOnceATurn } from './write-once-a-turn.ts'

type Tell = Parameters<SentinelConnector['connect']>[0]

/** What ioredis has no option for: its connections to Sentinels are made by this method of its. */
interface SentinelClients {
  connectToSentinel(sentinel: SentinelAddress, options?: RedisOptions): Redis
}

/**
 * How ioredis reaches the primary that Sentinels name. Unlike its own connector it hears all errors
 * of the sockets, those to Sentinels included. What a connection to one of these fails with becomes
 * the event `sentinelError` of the client, where ioredis would print it to standard error.
 */
export class SentinelsConnector extends SentinelConnector {
  #tell: Tell = () => {}

  constructor(options: unknown) {
    super(options as RedisOptions)

    const clients = this as unknown as SentinelClients
    const connectToSentinel = clients.connectToSentinel.bind(this)

    clients.connectToSentinel = (sentinel, options) => {
      const client = connectToSentinel(sentinel, { ...options, Connector: ServerConnector })

      client.on('error', (error) => {
        // Whoever disconnects from the primary ends these connections too, and asks for no reason.
        if (this.connecting) {
          const { host, port } = sentinel

          this.#tell('sentinelError', new Error(`${host}:${port}: ${error.message}`))
        }
      })

      return client
    }
  }

  override async connect(tell: Tell): Promise<Socket> {
    this.#tell = tell

    const stream = await super.connect(tell)

    hearAllErrors(stream)
    writeOnceATurn(stream)

    return stream
  }
}
