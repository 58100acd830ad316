import type { ClusterPlan, Demand } from './plan-cluster.ts'
import { MEASURED_IN, type UnitCosts } from './unit-costs.ts'

const GIB = 2 ** 30
const MIB = 2 ** 20
const KIB = 1024
const MBIT = 1_000_000

/** A plan for people to read, with what it stands on. */
export function describePlan(demand: Demand, plan: ClusterPlan, costs: UnitCosts): string {
  const { node, redis } = costs
  const { received, sent } = plan.nodeBitsPerSecond

  return `${count(demand.peers)} peers ask for ${count(plan.registersPerSecond)} REGISTER/s, ${count(plan.discoversPerSecond)} DISCOVER/s, ${count(plan.connectsPerSecond)} connections/s

  nodes            ${count(plan.nodes)} of a core each (${plan.bottleneck} decides), ${percent(plan.nodeUtilization)} busy
    connections    ${count(plan.connectionsPerNode)} each
    memory         ${size(plan.nodeMemoryBytes)} each
    network        ${mbit(received)} in, ${mbit(sent)} out, each
  Redis primaries  ${count(plan.redisPrimaries)} of a core each, ${percent(plan.redisUtilization)} busy
    memory         ${size(plan.redisMemoryBytes)} each, and as much for each replica

Measured, in ${MEASURED_IN.file}, on ${MEASURED_IN.machine}:
  a node takes ${node.registerUs} µs for a REGISTER, ${node.discoverUs} µs for a DISCOVER and ${node.registrationUs} µs for each
  registration in its answer, ${node.connectUs} µs for a connection, ${node.idleConnectionUs} µs a second while it is idle, and
  ${Math.round(node.connectionBytes / KIB)} KiB of memory; Redis ${redis.registerUs} µs for a REGISTER, ${redis.discoverUs} µs for a DISCOVER and ${redis.drawnUs} µs for each
  registration in it (${redis.copiedUs} beyond a hundred), and ${redis.registrationBytes} bytes of memory for a registration.
  A core that is twice as fast takes half of that time.
Assumed: peers register every ${demand.refreshEvery} s and discover every ${demand.discoverEvery} s, for ${demand.limit} registrations, stay for ${demand.session} s,
  spread evenly over time, nodes and namespaces, so that none is asked for often enough to be answered from a copy;
  bytes on the wire are counted from the messages; DISCOVERs and connections cost as much more at half load as REGISTERs do.
`
}

function count(value: number): string {
  return Math.ceil(value).toLocaleString('en')
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

function size(bytes: number): string {
  return bytes < GIB
    ? `${Math.max(1, Math.round(bytes / MIB))} MiB`
    : `${(bytes / GIB).toPrecision(2)} GiB`
}

function mbit(bitsPerSecond: number): string {
  return `${(bitsPerSecond / MBIT).toPrecision(2)} Mbit/s`
}
