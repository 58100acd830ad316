import type { UnitCosts } from './unit-costs.ts'

/** Who is to be served, and what they ask for. All times in seconds. */
export interface Demand {
  peers: number
  /** That each peer is registered in. */
  namespaces: number
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
  /** Each has a core, of which the spare ones leave more to the others. */
  nodes: number
  bottleneck: Bottleneck
  connectionsPerNode: number
  /** Of its core, with all nodes up. */
  nodeUtilization: number
  /** Resident, of one node. */
  nodeMemoryBytes: number
  redisPrimaries: number
  /** Of the core of each primary. */
  redisUtilization: number
  /** Of one primary; a replica takes as much again. */
  redisMemoryBytes: number
  /** Between peers and one node, headers included. */
  nodeBitsPerSecond: { received: number; sent: number }
}

const US = 1_000_000
const BITS = 8

/** As the Redis store does it: more registrations of a namespace are copied together instead. */
const DRAWN_MAX = 100

/** Adds unit costs up. What peers do is taken as spread evenly, over time and over nodes. */
export function planCluster(demand: Demand, limits: PlanLimits, costs: UnitCosts): ClusterPlan {
  const { peers, namespaces, refreshEvery, discoverEvery, session, limit } = demand
  const { node, redis, wire } = costs
  const registersPerSecond = (peers * namespaces) / refreshEvery
  const discoversPerSecond = peers / discoverEvery
  const connectsPerSecond = peers / session
  const discoverUs = node.discoverUs + limit * node.registrationUs
  const nodeCores =
    (registersPerSecond * node.registerUs +
      discoversPerSecond * discoverUs +
      connectsPerSecond * node.connectUs +
      peers * node.idleConnectionUs) /
    US
  const drawn = Math.min(limit, DRAWN_MAX)
  const discoverInRedisUs =
    redis.discoverUs + drawn * redis.drawnUs + (limit - drawn) * redis.copiedUs
  const redisCores =
    (registersPerSecond * redis.registerUs +
      discoversPerSecond * discoverInRedisUs +
      connectsPerSecond * redis.connectUs) /
    US
  const byTime = Math.ceil(nodeCores / limits.utilization)
  const byConnections = Math.ceil(peers / limits.connectionsPerNode)
  const nodes = Math.max(1, byTime, byConnections) + limits.spareNodes
  const connectionsPerNode = Math.ceil(peers / nodes)
  const redisPrimaries = Math.max(1, Math.ceil(redisCores / limits.utilization))

  return {
    registersPerSecond,
    discoversPerSecond,
    connectsPerSecond,
    nodes,
    bottleneck: byTime >= byConnections ? 'processor time' : 'connections',
    connectionsPerNode,
    nodeUtilization: nodeCores / nodes,
    nodeMemoryBytes: node.emptyBytes + connectionsPerNode * node.connectionBytes,
    redisPrimaries,
    redisUtilization: redisCores / redisPrimaries,
    redisMemoryBytes: (peers * namespaces * redis.registrationBytes) / redisPrimaries,
    nodeBitsPerSecond: {
      received:
        ((registersPerSecond * wire.registerBytes +
          discoversPerSecond * wire.discoverBytes +
          connectsPerSecond * wire.connectBytes) *
          BITS) /
        nodes,
      sent:
        ((registersPerSecond * wire.answerBytes +
          discoversPerSecond * (wire.answerBytes + limit * wire.registrationBytes) +
          connectsPerSecond * wire.connectBytes) *
          BITS) /
        nodes
    }
  }
}
