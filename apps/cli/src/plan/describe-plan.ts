import type { AnsweredFrom } from './namespace-reads.ts'
import type { ClusterPlan, Demand, PlanLimits } from './plan-cluster.ts'
import { MEASURED_IN, type ReadCost, type UnitCosts } from './unit-costs.ts'

const GIB = 2 ** 30
const MIB = 2 ** 20
const KIB = 1024
const MBIT = 1_000_000

const ANSWERS: Record<AnsweredFrom, string> = {
  'a copy': 'from copies of them, which are told what has changed',
  'a part': 'from some of their registrations, drawn at random anew time after time',
  Redis: 'drawn in Redis for each, since a copy does not pay'
}

/** A plan for people to read, with what it stands on. */
export function describePlan(
  { demand, limits, plan }: { demand: Demand; limits: PlanLimits; plan: ClusterPlan },
  costs: UnitCosts
): string {
  const { node, redis, reads } = costs
  const { received, sent } = plan.nodeBitsPerSecond

  return `${count(demand.peers)} peers ask for ${count(plan.registersPerSecond)} REGISTER/s, ${count(plan.discoversPerSecond)} DISCOVER/s, ${count(plan.connectsPerSecond)} connections/s

  nodes            ${count(plan.nodes)} of a core each (${plan.bottleneck} decides), ${percent(plan.nodeUtilization)} busy
    connections    ${count(plan.connectionsPerNode)} each
    memory         ${size(plan.nodeMemoryBytes)} each
    network        ${mbit(received)} in, ${mbit(sent)} out, each
  namespaces       ${count(plan.namespaces)}
    answers        ${ANSWERS[plan.answeredFrom]}
  Redis primaries  ${count(plan.redisPrimaries)} of a core each, ${percent(plan.redisUtilization)} busy
    memory         ${size(plan.redisMemoryBytes)} each, and as much for each replica
${describeExcess(plan, limits)}
Measured, in ${MEASURED_IN.files}, on ${MEASURED_IN.machine}:
  a node takes ${node.registerUs} µs for a REGISTER, ${node.discoverUs} µs for a DISCOVER and ${node.registrationUs} µs for each
  registration in its answer, ${node.connectUs} µs for a connection, ${node.idleConnectionUs} µs a second while it is idle, and
  ${Math.round(node.connectionBytes / KIB)} KiB of memory; Redis ${redis.registerUs} µs for a REGISTER, and ${redis.registrationBytes} bytes of memory for a registration;
  the two of them ${both(reads.script)} for a read, ${both(reads.change)} for each registration in it that has
  changed, ${both(reads.copied)} where all are read, ${both(reads.drawn)} where it is drawn, ${both(reads.part)} for a part.
  A core that is twice as fast takes half of that time.
Assumed: peers register every ${demand.refreshEvery} s and discover every ${demand.discoverEvery} s, for ${demand.limit} registrations, stay for ${demand.session} s,
  spread evenly over time, nodes, namespaces and primaries; ask for samples, as Waku's do; no cap of IP prefixes, an
  order in Redis; bytes on the wire are counted from the messages; DISCOVERs and connections cost as much more at half
  load as REGISTERs do.
`
}

function describeExcess(
  { namespaces, redisPrimaries, redisUtilization }: ClusterPlan,
  { utilization }: PlanLimits
): string {
  return redisUtilization > utilization && redisPrimaries === namespaces
    ? `
That is more than ${percent(utilization)}, and more primaries would not take it: all of a namespace is on one. Smaller namespaces
(--namespace-size), or REGISTERs that are further apart (--refresh-every), take less of it.
`
    : ''
}

function both({ nodeUs, redisUs }: ReadCost): string {
  return `${nodeUs} + ${redisUs} µs`
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
