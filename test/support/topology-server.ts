import type { RedisBinary } from './find-redis.ts'
import {
  type RedisServer,
  type RedisServerInit,
  startRedisServer,
  type TlsFiles
} from './redis-server.ts'

/** How long `settled` waits. */
export const SETTLED_WITHIN_MS = 30_000

/** One process of a topology. Its address and directory stay over `restart`. */
export type TopologyServer = Omit<RedisServer, 'stop'>

export interface RedisTopologyInit {
  binary: RedisBinary
  /**
   * Further arguments of every data server, such as `['--aclfile', path]`. The user `default` has
   * to stay allowed everything without a password, since the servers talk to each other as it.
   */
  args?: string[]
  /** All servers, Sentinels included, then speak nothing but TLS, also among each other. */
  tls?: TlsFiles
  /** Milliseconds of silence after which a server counts as down. By default 1000. */
  down?: number
}

/** Redis servers that belong together, as a front node meets them in production. */
export interface RedisTopology {
  readonly kind: 'standalone' | 'sentinel' | 'cluster'
  /** As `--store` takes it, with all addresses: data servers, or Sentinels and the name of theirs. */
  readonly url: string
  /** The servers with data, in order of start: the primaries of the beginning come first. */
  readonly servers: TopologyServer[]
  /** Empty for other kinds. */
  readonly sentinels: TopologyServer[]
  /**
   * Who is primary now, in order of start. The servers are asked, and those that are gone or hang
   * left out; with Sentinels it is the one they agree on, or none.
   */
  primaries(): Promise<TopologyServer[]>
  /**
   * Has the first primary replaced as an operator would, and waits until it is.
   *
   * @throws Error if nobody can replace it
   */
  failover(): Promise<void>
  /**
   * Waits until all servers are up, replicated, and of one mind about it, such as after `restart`.
   *
   * @throws Error if that takes longer than 30 seconds
   */
  settled(): Promise<void>
  /** Ends all servers, suspended or not, and removes their directories. */
  stop(): Promise<void>
}

/** What one topology is made of, so that nothing is left when its start fails halfway. */
export class StartedServers {
  readonly #started: RedisServer[] = []

  async start(count: number, init: RedisServerInit): Promise<RedisServer[]> {
    const outcomes = await Promise.allSettled(
      Array.from({ length: count }, async () => {
        const server = await startRedisServer(init)

        this.#started.push(server)
        return server
      })
    )

    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') {
        throw outcome.reason
      }

      return outcome.value
    })
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.map((server) => server.stop()))
  }
}

/** URL of several addresses: `redis+cluster://127.0.0.1:1,127.0.0.1:2`, or with `rediss`. */
export function urlOf(kind: 'sentinel' | 'cluster', servers: readonly { url: string }[]): string {
  const addresses = servers.map(({ url }) => new URL(url).host)
  const scheme = servers[0]?.url.startsWith('rediss:') ? 'rediss' : 'redis'

  return `${scheme}+${kind}://${addresses.join(',')}`
}
