import type { ConnectionOptions } from 'node:tls'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { StoreConfigurationError } from '../store-errors.ts'
import { parseRedisUrl, type RedisAddress } from './redis-address.ts'
import { explainTls } from './redis-errors.ts'
import { defineScripts, type ScriptedRedis } from './scripts.ts'
import { SentinelsConnector } from './sentinels-connector.ts'
import { ServerConnector } from './server-connector.ts'

/** A command without an answer for so long has failed; a write then no longer takes effect. */
export const COMMAND_TIMEOUT_MS = 1000

/** For how long writes are refused by a replica before another primary is looked for. */
const READONLY_MS = 1000

/** How often a Cluster's nodes are asked who holds what: a hung one is not left otherwise. */
const SLOTS_REFRESH_MS = 1000

/** Who is asked for, and how a connection is secured, besides what the URL says. */
export interface RedisAccess {
  /** Instead of the URL's. */
  username?: string
  /** Instead of the URL's. */
  password?: string
  /** Of the Sentinels themselves. Default: none. */
  sentinelUsername?: string
  sentinelPassword?: string
  /** Certificates in PEM form. Default: what Node trusts, and no client certificate. */
  tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>
  /** Where to reach the servers that Sentinels or a Cluster name otherwise, by `host:port`. */
  natMap?: Readonly<Record<string, { host: string; port: number }>>
}

/**
 * A client for requests: it fails fast and never queues while Redis is away. It is not connected.
 *
 * @throws StoreConfigurationError on a URL that is none
 */
export function createRedisClient(url: string, access: RedisAccess): ScriptedRedis {
  const address = parseRedisUrl(url)

  if (address == null) {
    throw new StoreConfigurationError('the URL of the store is none that names a Redis')
  }

  return defineScripts(
    address.topology === 'cluster'
      ? createCluster(address, access)
      : new Redis({ ...serverOptions(address, access), ...locationOptions(address, access) })
  )
}

/**
 * Why the first of the hosts can't be connected to: clients of Sentinels and of a Cluster don't say.
 *
 * @returns `undefined` when it can
 */
export async function connectOnce(url: string, access: RedisAccess): Promise<unknown> {
  const address = parseRedisUrl(url) as RedisAddress
  const [host] = address.hosts
  const isSentinel = address.topology === 'sentinel'
  const client = new Redis({
    ...serverOptions(address, access),
    ...host,
    ...(isSentinel && { username: access.sentinelUsername, password: access.sentinelPassword }),
    retryStrategy: () => null
  })
  let reason: unknown

  client.on('error', (error) => {
    reason = error
  })
  await client.connect().catch((error: unknown) => {
    reason ??= error
  })
  client.disconnect()

  return explainTls(reason, address.tls)
}

function createCluster(address: RedisAddress, access: RedisAccess): Cluster {
  return new Cluster(address.hosts, {
    lazyConnect: true,
    enableOfflineQueue: false,
    scaleReads: 'master',
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    slotsRefreshTimeout: 1000,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 100,
    maxRedirections: 4,
    clusterRetryStrategy: retryDelayMs,
    // Names in certificates are host names, and so is what a NAT map may lead to.
    dnsLookup: (host, callback) => callback(null, host),
    natMap: access.natMap,
    redisOptions: serverOptions(address, access)
  })
}

/** How one server is spoken to, whatever it is part of. */
function serverOptions(address: RedisAddress, access: RedisAccess): RedisOptions {
  return {
    Connector: ServerConnector,
    username: access.username ?? address.username,
    password: access.password ?? address.password,
    ...(address.tls && { tls: { ...access.tls } }),
    connectionName: 'rendezvous',
    // A right that the minimal ACL can't give everywhere, for something that nobody reads.
    disableClientInfo: true,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // A server that hangs keeps its connections open: only this ends them.
    socketTimeout: 1500,
    connectTimeout: 1500,
    // What ends a connection that hangs must not wait for it.
    disconnectTimeout: 200
  }
}

/** Where the one server is that takes all commands. */
function locationOptions(address: RedisAddress, access: RedisAccess): RedisOptions {
  const common: RedisOptions = {
    db: address.database,
    retryStrategy: retryDelayMs
  }

  if (address.topology === 'standalone') {
    return { ...common, ...address.hosts[0], reconnectOnError: reconnectNowAndThen() }
  }

  return {
    ...common,
    Connector: SentinelsConnector,
    sentinels: address.hosts,
    name: address.primaryName,
    sentinelUsername: access.sentinelUsername,
    sentinelPassword: access.sentinelPassword,
    ...(address.tls && { enableTLSForSentinelMode: true, sentinelTLS: { ...access.tls } }),
    natMap: access.natMap,
    sentinelRetryStrategy: retryDelayMs,
    sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
    failoverDetector: true,
    // A primary that became a replica: look for the new one, and send the command there.
    reconnectOnError: ({ message }) => (message.includes('READONLY') ? 2 : false)
  }
}

/**
 * A server that has become a replica still answers reads, but there may be a new primary behind its
 * name: worth a look once in a while, and not for every write.
 */
function reconnectNowAndThen(): (error: Error) => 1 | false {
  let refusedSinceMs: number | undefined

  return ({ message }) => {
    if (!message.includes('READONLY')) {
      return false
    }

    refusedSinceMs ??= performance.now()

    if (performance.now() - refusedSinceMs < READONLY_MS) {
      return false
    }

    refusedSinceMs = undefined

    return 1
  }
}

function retryDelayMs(attempt: number): number {
  return Math.min(50 * attempt, 500)
}
