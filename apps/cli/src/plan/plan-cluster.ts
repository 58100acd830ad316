import { DISCOVER_LIMIT_MAX } from '@rendezvous-cluster/rendezvous'
import { COPIED_BYTES_MAX_DEFAULT, copyPolicy } from '@rendezvous-cluster/stores'
import { type AnsweredFrom, namespaceReads, readsFromRedis } from './namespace-reads.ts'
import type { UnitCosts } from './unit-costs.ts'

/** Who is to be served, and what they ask for. All times in seconds. */
export interface Demand {
  peers: number
  /** That each peer is registered in. */
  namespaces: number
  /** Registrations in each namespace, or a little less; no more than there are peers. */
  namespaceSize: number
  ttl: number
  /** Between two REGISTERs of a peer in a namespace. */
  refreshEvery: number
  /** Between two DISCOVERs of a peer. */
  discoverEvery: number
  /** Registrations in an answer. */
  limit: number
  /** How long a peer stays connected. */
  session: number
}

/** What is decided by whoever runs it. */
export interface PlanLimits {
  /** As `--max-connections` of each node. */
  connectionsPerNode: number
  /** Share of a core that is planned with, of nodes and of Redis: the rest is for peaks. 0 to 1. */
  utilization: number
  /** Nodes that may be down. */
  spareNodes: number
}

/** What decides the number of nodes. */
export type Bottleneck = 'processor time' | 'connections'

export interface ClusterPlan {
  registersPerSecond: number
  discoversPerSecond: number
  connectsPerSecond: number
  /** That there are in all. */
  namespaces: number
  answeredFrom: AnsweredFrom
  /** Each has a core, of which the spare ones leave more to the others. */
  nodes: number
  bottleneck: Bottleneck
  connectionsPerNode: number
  /** Of its core, with all nodes up. */
  nodeUtilization: number
  /** Resident, of one node. */
  nodeMemoryBytes: number
  /** No more than there are namespaces: each is on one. */
  redisPrimaries: number
  /** Of the core of each primary, with as many nodes up as costs it most: above 1 it can't be served. */
  redisUtilization: number
  /** Of one primary; a replica takes as much again. */
  redisMemoryBytes: number
  /** Between peers and one node, headers included. */
  nodeBitsPerSecond: { received: number; sent: number }
}

const US = 1_000_000
const BITS = 8

const NODES_MAX = 1_000_000

/** What is asked for, a second, and of how many namespaces. */
interface Rates {
  registers: number
  discovers: number
  connects: number
  namespaces: number
  namespaceSize: number
  /** Registrations in an answer. */
  answered: number
}

/**
 * Adds unit costs up. What peers do is taken as spread evenly, over time, nodes and namespaces.
 *
 * @throws RangeError for more than a million nodes
 */
export function planCluster(demand: Demand, limits: PlanLimits, costs: UnitCosts): ClusterPlan {
  const { peers } = demand
  const { node, redis } = costs
  const rates = ratesOf(demand)
  const askedUs = askedOfNodesUs(demand, rates, costs)
  const readsWith = (nodes: number) => readsOfNode(demand, rates, nodes, costs)
  const coresWith = (nodes: number) => (askedUs + nodes * readsWith(nodes).nodeUs) / US
  const areEnough = (nodes: number) => coresWith(nodes) <= nodes * limits.utilization
  const byConnections = Math.max(1, Math.ceil(peers / limits.connectionsPerNode))
  let needed = Math.max(byConnections, Math.ceil(askedUs / US / limits.utilization))

  // Each node reads for itself, so how many are needed depends on how many there are.
  while (needed <= NODES_MAX && !(areEnough(needed) && areEnough(needed + limits.spareNodes))) {
    needed++
  }

  if (needed > NODES_MAX) {
    throw new RangeError(`that takes more than ${NODES_MAX.toLocaleString('en')} nodes`)
  }

  const nodes = needed + limits.spareNodes
  const reads = readsWith(nodes)
  const connectionsPerNode = Math.ceil(peers / nodes)
  const redisCores =
    (rates.registers * redis.registerUs +
      rates.connects * redis.connectUs +
      Math.max(nodes * reads.redisUs, needed * readsWith(needed).redisUs)) /
    US
  const redisPrimaries = Math.min(
    rates.namespaces,
    Math.max(1, Math.ceil(redisCores / limits.utilization))
  )

  return {
    registersPerSecond: rates.registers,
    discoversPerSecond: rates.discovers,
    connectsPerSecond: rates.connects,
    namespaces: rates.namespaces,
    answeredFrom: reads.from,
    nodes,
    bottleneck: needed > byConnections ? 'processor time' : 'connections',
    connectionsPerNode,
    nodeUtilization: coresWith(nodes) / nodes,
    nodeMemoryBytes:
      node.emptyBytes +
      connectionsPerNode * node.connectionBytes +
      reads.copiedBytes * node.residentPerCopied,
    redisPrimaries,
    redisUtilization: redisCores / redisPrimaries,
    redisMemoryBytes: (peers * demand.namespaces * redis.registrationBytes) / redisPrimaries,
    nodeBitsPerSecond: bitsOfNode(rates, nodes, costs)
  }
}

function ratesOf(demand: Demand): Rates {
  const { peers, refreshEvery, discoverEvery, session } = demand
  const registrations = peers * demand.namespaces
  const namespaces = Math.ceil(registrations / Math.min(demand.namespaceSize, peers))
  const namespaceSize = registrations / namespaces

  return {
    registers: registrations / refreshEvery,
    discovers: peers / discoverEvery,
    connects: peers / session,
    namespaces,
    namespaceSize,
    answered: Math.min(demand.limit, namespaceSize, DISCOVER_LIMIT_MAX)
  }
}

/** Whatever their number. */
function askedOfNodesUs(
  { peers }: Demand,
  { registers, discovers, connects, answered }: Rates,
  { node }: UnitCosts
): number {
  return (
    registers * node.registerUs +
    discovers * (node.discoverUs + answered * node.registrationUs) +
    connects * node.connectUs +
    peers * node.idleConnectionUs
  )
}

/** What one of so many nodes reads, in microseconds a second, and what it holds of it. */
function readsOfNode(
  { refreshEvery, limit }: Demand,
  { discovers, namespaces, namespaceSize }: Rates,
  nodes: number,
  { node, reads }: UnitCosts
) {
  const asked = {
    registrations: namespaceSize,
    refreshEvery,
    discoversPerSecond: discovers / namespaces / nodes,
    limit: Math.min(limit, DISCOVER_LIMIT_MAX)
  }
  const copied = namespaceReads(asked, reads)
  const others = readsFromRedis(asked, reads)
  const bytes = namespaces * (copied.held * node.copiedBytes + copyPolicy.POOL_BYTES)
  // Of the namespaces: for the rest there is no room.
  const share = Math.min(
    1,
    copyPolicy.POOLS_MAX / namespaces,
    (copyPolicy.ROOM * COPIED_BYTES_MAX_DEFAULT) / bytes
  )
  const sum = (of: 'nodeUs' | 'redisUs') =>
    namespaces * (share * copied[of] + (1 - share) * others[of])

  return {
    from: copied.from,
    nodeUs: sum('nodeUs'),
    redisUs: sum('redisUs'),
    copiedBytes: copied.held === 0 ? 0 : share * bytes
  }
}

function bitsOfNode(
  { registers, discovers, connects, answered }: Rates,
  nodes: number,
  { wire }: UnitCosts
): ClusterPlan['nodeBitsPerSecond'] {
  const received =
    registers * wire.registerBytes + discovers * wire.discoverBytes + connects * wire.connectBytes
  const sent =
    registers * wire.answerBytes +
    discovers * (wire.answerBytes + answered * wire.registrationBytes) +
    connects * wire.connectBytes

  return { received: (received * BITS) / nodes, sent: (sent * BITS) / nodes }
}
