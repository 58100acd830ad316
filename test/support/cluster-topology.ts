import { askRedis, askRedisIfAlive, portsOfReplicas } from './ask-redis.ts'
import { type ClusterNode, parseClusterNodes } from './cluster-nodes.ts'
import type { RedisServer } from './redis-server.ts'
import {
  type RedisTopology,
  type RedisTopologyInit,
  SETTLED_WITHIN_MS,
  type StartedServers,
  type TopologyServer,
  urlOf
} from './topology-server.ts'
import { until } from './until.ts'

const PRIMARIES = 3
const REPLICAS = 3
const SLOTS = 16_384
const DOWN_MS_DEFAULT = 1000
const MET_WITHIN_MS = 10_000
const FAILOVER_WITHIN_MS = 15_000

/** Three primaries with a third of the slots each, and a replica of each of them. */
export async function startCluster(
  init: RedisTopologyInit,
  started: StartedServers
): Promise<RedisTopology> {
  const servers = await startServers(init, started)

  const topology: RedisTopology = {
    kind: 'cluster',
    url: urlOf('cluster', servers),
    servers,
    sentinels: [],
    primaries: () => primariesOf(servers),
    failover: () => failover(topology),
    settled: () =>
      until('all nodes agree on the cluster', SETTLED_WITHIN_MS, () => isSettled(servers)),
    stop: () => started.stop()
  }

  await form(servers)
  await topology.settled()
  return topology
}

async function startServers(
  { binary, args = [], tls, down = DOWN_MS_DEFAULT }: RedisTopologyInit,
  started: StartedServers
): Promise<RedisServer[]> {
  const options = {
    'cluster-enabled': 'yes',
    'cluster-node-timeout': down,
    'cluster-announce-ip': '127.0.0.1',
    // While one primary is down, the slots of the others are served.
    'cluster-require-full-coverage': 'no',
    // Each primary keeps its one replica, and that takes over however long it heard nothing.
    'cluster-allow-replica-migration': 'no',
    'cluster-replica-validity-factor': 0,
    'repl-diskless-sync-delay': 0,
    ...(tls === undefined ? {} : { 'tls-replication': 'yes', 'tls-cluster': 'yes' })
  }
  const named = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])

  return await started.start(PRIMARIES + REPLICAS, {
    binary,
    tls,
    // Not ten thousand above the port, where another server may listen.
    furtherPorts: ['cluster-port'],
    args: [...named, ...args]
  })
}

async function form(servers: RedisServer[]): Promise<void> {
  const primaries = servers.slice(0, PRIMARIES)
  const replicas = servers.slice(PRIMARIES)

  await Promise.all(servers.map(giveEpoch))
  await Promise.all(primaries.map(giveSlots))
  await meet(servers)

  const ids = await Promise.all(primaries.map((primary) => askRedis(primary, 'CLUSTER', 'MYID')))

  await Promise.all(
    replicas.map((replica, index) => askRedis(replica, 'CLUSTER', 'REPLICATE', String(ids[index])))
  )
}

/** Different ones, or the nodes would have to sort out who yields to whom. */
async function giveEpoch(server: RedisServer, index: number): Promise<void> {
  await askRedis(server, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
}

async function giveSlots(primary: RedisServer, index: number): Promise<void> {
  const first = Math.ceil((index * SLOTS) / PRIMARIES)
  const next = Math.ceil(((index + 1) * SLOTS) / PRIMARIES)

  await askRedis(primary, 'CLUSTER', 'ADDSLOTSRANGE', first, next - 1)
}

/** Gossip spreads a meeting, but slowly: everybody is introduced to everybody. */
async function meet(servers: RedisServer[]): Promise<void> {
  const addresses = await Promise.all(
    servers.map(async (server) => {
      const answer = await askRedis(server, 'CONFIG', 'GET', 'cluster-port')
      return ['127.0.0.1', server.port, Number((answer as string[])[1])] as const
    })
  )

  for (const server of servers) {
    for (const address of addresses.filter(([, port]) => port !== server.port)) {
      await askRedis(server, 'CLUSTER', 'MEET', ...address)
    }
  }

  await until('all nodes have met', MET_WITHIN_MS, async () => {
    const views = await Promise.all(servers.map(clusterNodesOf))
    return views.every((nodes) => nodes.length === servers.length && nodes.every(isUp))
  })
}

async function clusterNodesOf(server: RedisServer): Promise<ClusterNode[]> {
  return parseClusterNodes(await askRedis(server, 'CLUSTER', 'NODES'))
}

function isUp({ flags, isConnected }: ClusterNode): boolean {
  return isConnected && !flags.some((flag) => /^(fail|handshake|noaddr)/.test(flag))
}

/**
 * Each is asked about itself. A former primary that does not know yet claims the same slots as its
 * successor, under an older epoch.
 */
async function primariesOf(servers: RedisServer[]): Promise<RedisServer[]> {
  const claims = await Promise.all(servers.map(claimOf))
  const owners = new Map<string, { server: RedisServer; epoch: number }>()

  for (const { server, slots, epoch } of claims.flat()) {
    if (epoch > (owners.get(slots)?.epoch ?? -1)) {
      owners.set(slots, { server, epoch })
    }
  }

  const primaries = [...owners.values()].map(({ server }) => server)

  return servers.filter((server) => primaries.includes(server))
}

/** The slots that a server says it serves as their primary, if it does and says anything. */
async function claimOf(server: RedisServer) {
  const answer = (await askRedisIfAlive(server, 'CLUSTER', 'NODES')) ?? ''
  const own = parseClusterNodes(answer).find(({ flags }) => flags.includes('myself'))

  return own === undefined || own.slots === '' ? [] : [{ server, ...own }]
}

/** The replica refuses while it is not connected to its primary. */
async function failover({ servers, primaries }: RedisTopology): Promise<void> {
  const [former] = await primaries()
  let successor: TopologyServer | undefined

  await until('a replica takes over', FAILOVER_WITHIN_MS, async () => {
    const [port] = former === undefined ? [] : await portsOfReplicas(former)

    successor = servers.find((server) => server.port === port)
    return (
      successor !== undefined && (await askRedisIfAlive(successor, 'CLUSTER', 'FAILOVER')) === 'OK'
    )
  })
  await until('the replica is primary', FAILOVER_WITHIN_MS, async () =>
    (await primaries()).includes(successor as TopologyServer)
  )
}

async function isSettled(servers: RedisServer[]): Promise<boolean> {
  const states = await Promise.all(
    servers.map(async (server) => {
      const info = String(await askRedis(server, 'CLUSTER', 'INFO'))
      const nodes = await clusterNodesOf(server)
      const isOk = info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`)

      return { isWhole: isOk && nodes.every(isUp), view: viewOf(nodes) }
    })
  )
  const primaries = await primariesOf(servers)
  const replicas = await Promise.all(primaries.map(portsOfReplicas))

  return (
    states.every(({ isWhole, view }) => isWhole && view === states[0]?.view) &&
    primaries.length === PRIMARIES &&
    replicas.every((ports) => ports.length === REPLICAS / PRIMARIES)
  )
}

/** Who is whose replica and serves what, alike on all nodes once they agree. */
function viewOf(nodes: ClusterNode[]): string {
  return nodes
    .map(({ id, primaryId, slots }) => `${id} ${primaryId} ${slots}`)
    .sort()
    .join('\n')
}
