import type { Redis } from 'ioredis'
import { StoreConfigurationError } from '../store-errors.ts'
import { ClusterSettings, type ClusterSettingsInit } from './cluster-settings.ts'
import { openRedis } from './open-redis.ts'
import { parseRedisUrl, type RedisAddress } from './redis-address.ts'
import { RedisConnection, type RedisConnectionInit } from './redis-connection.ts'

/** Of a Cluster, all together. */
export const SLOTS = 16_384

/** Times that a server is asked for its clock. */
const SAMPLES = 20

/** One server that takes writes. */
export interface DiagnosedServer {
  /** `host:port` */
  name: string
  version: string
  /** The median of several commands, in milliseconds. */
  latencyMs: number
  /** How far its clock is ahead of this host's, in milliseconds; negative when it is behind. */
  clockAheadMs: number
}

/** What a front node would meet at its Redis. */
export interface RedisDiagnosis {
  servers: DiagnosedServer[]
  /** Each with its cure. */
  warnings: string[]
  /** What keeps a node from serving until somebody changes it, with its cure. */
  refused?: string
  /** Why nobody answered in time. */
  unreachable?: string
  /** Slots of a Cluster that a node answers for: {@link SLOTS} when all is well. */
  slots?: number
}

/** Which Redis is examined, and what a front node would come to it with: access, settings, patience. */
export interface DiagnoseRedisInit extends Pick<RedisConnectionInit, 'url'> {
  access: Omit<RedisConnectionInit, 'url'>
  settings: ClusterSettingsInit
  /** For the first answer. */
  timeoutMs: number
  /** Unix time in milliseconds. */
  now: () => number
}

/**
 * Does what a start of a front node does at its Redis, and measures it.
 *
 * @throws StoreConfigurationError on a URL that is none
 */
export async function diagnoseRedis(init: DiagnoseRedisInit): Promise<RedisDiagnosis> {
  const { url, access, settings, timeoutMs, now } = init
  const connection = new RedisConnection({ ...access, url })

  try {
    const warnings = await openRedis(
      connection,
      new ClusterSettings(connection, settings),
      timeoutMs
    )

    if (warnings == null) {
      return {
        servers: [],
        warnings: [],
        unreachable: messageOf(connection.lastError),
        slots: await slotsOfHosts(init)
      }
    }

    return {
      servers: await Promise.all(connection.primaries.map((server) => measure(server, now))),
      warnings,
      slots: isCluster(url) ? await slotsOf(connection.primaries[0] as Redis) : undefined
    }
  } catch (error) {
    if (error instanceof StoreConfigurationError) {
      return { servers: [], warnings: [], refused: error.message }
    }

    throw error
  } finally {
    connection.close()
  }
}

async function measure(server: Redis, now: () => number): Promise<DiagnosedServer> {
  const latencies: number[] = []
  let nearest = { latencyMs: Number.POSITIVE_INFINITY, clockAheadMs: 0 }

  for (let sample = 0; sample < SAMPLES; sample++) {
    const sentAtMs = now()
    const startedAtMs = performance.now()
    const [seconds, microseconds] = await server.time()
    const latencyMs = performance.now() - startedAtMs

    latencies.push(latencyMs)

    // The quickest answer says the most about the clock.
    if (latencyMs < nearest.latencyMs) {
      const atMs = Number(seconds) * 1000 + Number(microseconds) / 1000

      nearest = { latencyMs, clockAheadMs: atMs - (sentAtMs + latencyMs / 2) }
    }
  }

  return {
    name: `${server.options.host}:${server.options.port}`,
    version: /redis_version:(\S+)/.exec(await server.info('server'))?.[1] ?? '',
    latencyMs: latencies.sort((one, other) => one - other)[SAMPLES / 2] as number,
    clockAheadMs: nearest.clockAheadMs
  }
}

/** As the first host tells that answers: the client of a Cluster with missing slots does not connect. */
async function slotsOfHosts({ url, access, timeoutMs }: DiagnoseRedisInit) {
  if (!isCluster(url)) {
    return undefined
  }

  const { tls, hosts, username, password } = parseRedisUrl(url) as RedisAddress

  for (const { host, port } of hosts) {
    const connection = new RedisConnection({
      ...access,
      username: access.username ?? username,
      password: access.password ?? password,
      url: `redis${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`
    })

    try {
      if (await connection.open(timeoutMs)) {
        return await slotsOf(connection.primaries[0] as Redis)
      }
    } catch {
      // Another one may answer. Why this one does not is told of already.
    } finally {
      connection.close()
    }
  }

  return undefined
}

async function slotsOf(server: Redis): Promise<number> {
  const info = String(await server.cluster('INFO'))

  return Number(/cluster_slots_ok:(\d+)/.exec(info)?.[1])
}

function isCluster(url: string): boolean {
  return parseRedisUrl(url)?.topology === 'cluster'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error ?? 'no answer')
}
