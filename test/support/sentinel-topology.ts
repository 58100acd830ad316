import { askRedis, askRedisIfAlive, pairsOf, portsOfReplicas } from './ask-redis.ts'
import type { RedisServer } from './redis-server.ts'
import {
  type RedisTopology,
  type RedisTopologyInit,
  SETTLED_WITHIN_MS,
  type StartedServers,
  urlOf
} from './topology-server.ts'
import { until } from './until.ts'

/** What the Sentinels call the primary that they watch. */
const SENTINEL_MASTER = 'rendezvous'

const DATA_SERVERS = 3
const SENTINELS = 3
const QUORUM = 2
const DOWN_MS_DEFAULT = 1000

/** An attempt to replace a primary is repeated only after twice this time. */
const FAILOVER_TIMEOUT_MS = 5000

/**
 * How often Sentinels greet each other and ask the data servers for their state, instead of every 2
 * and every 10 seconds. What they take a while to do otherwise is to notice a replica, and to make
 * one of a former primary that has come back; how soon they notice a failure does not depend on it.
 */
const PERIODS_MS = { 'PUBLISH-PERIOD': 500, 'INFO-PERIOD': 1000 }

/**
 * Sentinels greet a server with a ping only after one period, of a second unless told otherwise. If
 * it were as long as `down`, each newly made primary would count as down, and be replaced again.
 */
const PINGS_UNTIL_DOWN = 4
const REPLICATED_WITHIN_MS = 10_000
const FAILOVER_WITHIN_MS = 15_000

/** One primary, two replicas, and three Sentinels of which two have to agree. */
export async function startSentinel(
  init: RedisTopologyInit,
  started: StartedServers
): Promise<RedisTopology> {
  const servers = await startDataServers(init, started)
  const sentinels = await startSentinels(init, servers[0] as RedisServer, started)

  const topology: RedisTopology = {
    kind: 'sentinel',
    url: `${urlOf('sentinel', sentinels)}/${SENTINEL_MASTER}`,
    servers,
    sentinels,
    primaries: () => primaryOf(servers, sentinels),
    failover: () => failover(topology),
    settled: () =>
      until('the Sentinels know all servers', SETTLED_WITHIN_MS, () =>
        isSettled(servers, sentinels)
      ),
    stop: () => started.stop()
  }

  await topology.settled()
  return topology
}

/** Each with a configuration file, to which the Sentinels write whose replica the server is. */
async function startDataServers(
  { binary, args = [], tls }: RedisTopologyInit,
  started: StartedServers
): Promise<RedisServer[]> {
  const replication = ['--repl-diskless-sync-delay', '0']
  const overTls = tls === undefined ? [] : ['--tls-replication', 'yes']
  const servers = await started.start(DATA_SERVERS, {
    binary,
    tls,
    config: '',
    args: [...replication, ...overTls, ...args]
  })
  const [primary, ...replicas] = servers as [RedisServer, ...RedisServer[]]

  for (const replica of replicas) {
    await askRedis(replica, 'REPLICAOF', '127.0.0.1', primary.port)
    await askRedis(replica, 'CONFIG', 'REWRITE')
  }

  // Sentinels look for replicas at once, and then only every ten seconds.
  await until('the replicas are connected', REPLICATED_WITHIN_MS, async () => {
    const ports = await portsOfReplicas(primary)
    return ports.length === replicas.length
  })

  return servers
}

async function startSentinels(
  { binary, tls, down = DOWN_MS_DEFAULT }: RedisTopologyInit,
  primary: RedisServer,
  started: StartedServers
): Promise<RedisServer[]> {
  const sentinels = await started.start(SENTINELS, {
    binary,
    tls,
    config: [
      `sentinel monitor ${SENTINEL_MASTER} 127.0.0.1 ${primary.port} ${QUORUM}`,
      `sentinel down-after-milliseconds ${SENTINEL_MASTER} ${down}`,
      `sentinel failover-timeout ${SENTINEL_MASTER} ${FAILOVER_TIMEOUT_MS}`,
      `sentinel parallel-syncs ${SENTINEL_MASTER} ${DATA_SERVERS - 1}`,
      ''
    ].join('\n'),
    args: ['--sentinel', ...(tls === undefined ? [] : ['--tls-replication', 'yes'])]
  })

  const pings = { 'PING-PERIOD': Math.ceil(down / PINGS_UNTIL_DOWN) }
  const periods = Object.entries({ ...PERIODS_MS, ...pings }).flat()

  await Promise.all(
    sentinels.map((sentinel) => askRedis(sentinel, 'SENTINEL', 'DEBUG', ...periods))
  )

  return sentinels
}

/** The one that all Sentinels name, at least a quorum of them, and that itself says so. */
async function primaryOf(servers: RedisServer[], sentinels: RedisServer[]): Promise<RedisServer[]> {
  const answers = await Promise.all(
    sentinels.map((sentinel) =>
      askRedisIfAlive(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', SENTINEL_MASTER)
    )
  )
  const ports = answers.flatMap((answer) => (Array.isArray(answer) ? [Number(answer[1])] : []))
  const primary = servers.find(({ port }) => port === ports[0])

  if (primary === undefined || ports.length < QUORUM || new Set(ports).size > 1) {
    return []
  }

  const role = await askRedisIfAlive(primary, 'ROLE')

  return Array.isArray(role) && role[0] === 'master' ? [primary] : []
}

/** A Sentinel refuses while it has no replica to take, or is about to fail over by itself. */
async function failover({ sentinels, primaries }: RedisTopology): Promise<void> {
  const [former] = await primaries()

  await until('a Sentinel fails over', FAILOVER_WITHIN_MS, async () => {
    for (const sentinel of sentinels) {
      if (await askRedisIfAlive(sentinel, 'SENTINEL', 'FAILOVER', SENTINEL_MASTER)) {
        return true
      }
    }

    return false
  })
  await until('another server is primary', FAILOVER_WITHIN_MS, async () => {
    const [primary] = await primaries()
    return primary !== undefined && primary !== former
  })
}

async function isSettled(servers: RedisServer[], sentinels: RedisServer[]): Promise<boolean> {
  const [primary] = await primaryOf(servers, sentinels)

  if (primary === undefined || (await portsOfReplicas(primary)).length !== servers.length - 1) {
    return false
  }

  const views = await Promise.all(sentinels.map(isContent))

  return views.every(Boolean)
}

/** Whether a Sentinel sees everybody up, and every replica connected to the primary. */
async function isContent(sentinel: RedisServer): Promise<boolean> {
  const [master, ...others] = await Promise.all([
    askRedis(sentinel, 'SENTINEL', 'MASTER', SENTINEL_MASTER).then(pairsOf),
    askRedis(sentinel, 'SENTINEL', 'REPLICAS', SENTINEL_MASTER),
    askRedis(sentinel, 'SENTINEL', 'SENTINELS', SENTINEL_MASTER)
  ])
  const [replicas, sentinels] = others.map((answer) =>
    Array.isArray(answer) ? answer.map(pairsOf) : []
  ) as [Map<string, string>[], Map<string, string>[]]

  return (
    master.get('flags') === 'master' &&
    master.get('num-slaves') === String(DATA_SERVERS - 1) &&
    master.get('num-other-sentinels') === String(SENTINELS - 1) &&
    sentinels.every((other) => other.get('flags') === 'sentinel') &&
    replicas.every(
      (replica) =>
        replica.get('flags') === 'slave' &&
        replica.get('master-link-status') === 'ok' &&
        replica.get('master-port') === master.get('port')
    )
  )
}
