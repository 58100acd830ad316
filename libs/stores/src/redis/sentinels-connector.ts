import type { Socket } from 'node:net'
import { type Redis, type RedisOptions, type SentinelAddress, SentinelConnector } from 'ioredis'
import { hearAllErrors, ServerConnector } from './server-connector.ts'

type Tell = Parameters<SentinelConnector['connect']>[0]

/** What ioredis has no option for: its connections to Sentinels are made by this method of its. */
interface SentinelClients {
  connectToSentinel(sentinel: SentinelAddress, options?: RedisOptions): Redis
}

/**
 * How ioredis reaches the primary that Sentinels name. Unlike its own connector it hears all errors
 * of the sockets, those to Sentinels included.
 */
export class SentinelsConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as RedisOptions)

    const clients = this as unknown as SentinelClients
    const connectToSentinel = clients.connectToSentinel.bind(this)

    clients.connectToSentinel = (sentinel, options) =>
      connectToSentinel(sentinel, { ...options, Connector: ServerConnector })
  }

  override async connect(tell: Tell): Promise<Socket> {
    const stream = await super.connect(tell)

    hearAllErrors(stream)

    return stream
  }
}
