import { COPIED_BYTES_MAX_DEFAULT } from '@rendezvous-cluster/stores'
import { expect, it } from 'vitest'
import { type Demand, type PlanLimits, planCluster } from '../src/plan/plan-cluster.ts'
import type { UnitCosts } from '../src/plan/unit-costs.ts'

const costs: UnitCosts = {
  node: {
    registerUs: 100,
    discoverUs: 200,
    registrationUs: 2,
    connectUs: 1000,
    idleConnectionUs: 1,
    connectionBytes: 50_000,
    emptyBytes: 100_000_000,
    copiedBytes: 500,
    residentPerCopied: 2
  },
  redis: {
    registerUs: 50,
    connectUs: 300,
    registrationBytes: 800
  },
  reads: {
    script: { nodeUs: 100, redisUs: 20 },
    change: { nodeUs: 4, redisUs: 2 },
    copied: { nodeUs: 3, redisUs: 1 },
    drawn: { nodeUs: 1, redisUs: 5 },
    part: { nodeUs: 2000, redisUs: 800 }
  },
  wire: {
    registerBytes: 400,
    discoverBytes: 200,
    answerBytes: 100,
    registrationBytes: 250,
    connectBytes: 3000
  }
}

const demand: Demand = {
  peers: 100_000,
  namespaces: 2,
  namespaceSize: 1000,
  ttl: 20,
  refreshEvery: 10,
  discoverEvery: 500,
  limit: 50,
  session: 1000
}

const limits: PlanLimits = { connectionsPerNode: 100_000, utilization: 0.5, spareNodes: 1 }

it('adds up what peers ask for, and what that takes', () => {
  const plan = planCluster(demand, limits, costs)

  expect(plan).toMatchObject({
    registersPerSecond: 20_000,
    discoversPerSecond: 200,
    connectsPerSecond: 100,
    namespaces: 200,
    // Asked of a namespace at each node once in six seconds.
    answeredFrom: 'Redis',
    // 2 s a second for REGISTER, 0.06 and 0.03 for DISCOVER, 0.1 for each of the other two: at half load 5 nodes.
    nodes: 6,
    bottleneck: 'processor time',
    connectionsPerNode: 16_667,
    // 1 s for REGISTER, 0.054 for DISCOVER, 0.03 for connections.
    redisPrimaries: 3
  })
  expect(plan.nodeUtilization).toBeCloseTo(2.29 / 6)
  expect(plan.redisUtilization).toBeCloseTo(1.084 / 3)
  expect(plan.nodeMemoryBytes).toBe(100_000_000 + 16_667 * 50_000)
  expect(plan.redisMemoryBytes).toBeCloseTo((200_000 * 800) / 3)
  expect(plan.nodeBitsPerSecond.received).toBeCloseTo(((8_000_000 + 40_000 + 300_000) * 8) / 6)
  expect(plan.nodeBitsPerSecond.sent).toBeCloseTo(((2_000_000 + 2_520_000 + 300_000) * 8) / 6)
})

it('takes as many nodes as connections need, where that is more', () => {
  expect(planCluster(demand, { ...limits, connectionsPerNode: 10_000 }, costs)).toMatchObject({
    nodes: 11,
    bottleneck: 'connections',
    connectionsPerNode: 9091
  })
})

it('has each node read for its own copies', () => {
  const one = { ...demand, peers: 1000, namespaces: 1, discoverEvery: 10 }
  const ofSpares = (spareNodes: number) => planCluster(one, { ...limits, spareNodes }, costs)
  const redisCores = (spareNodes: number) => {
    const { redisUtilization, redisPrimaries } = ofSpares(spareNodes)

    return redisUtilization * redisPrimaries
  }

  expect(ofSpares(1).answeredFrom).toBe('a copy')
  expect(ofSpares(1).nodeMemoryBytes).toBe(100_000_000 + 500 * 50_000 + 2 * (1000 * 500 + 1024))
  // Each of two nodes reads 50 / 3.5 times a second, each of four 25 / 2.25 times; and all are told of 100 refreshes a second.
  const scripts = 4 * (25 / 2.25) - 2 * (50 / 3.5)

  expect(redisCores(3) - redisCores(1)).toBeCloseTo((scripts * 20 + 2 * 100 * 2) / 1_000_000, 9)
})

it('takes no more primaries than there are namespaces', () => {
  const plan = planCluster({ ...demand, namespaces: 1, namespaceSize: 1e9 }, limits, costs)

  expect(plan).toMatchObject({ namespaces: 1, answeredFrom: 'a part', redisPrimaries: 1 })
  expect(plan.redisUtilization).toBeGreaterThan(0.5)
})

it('holds no more copies than there is memory for, and draws in Redis for the rest', () => {
  const [peers, nodes] = [5_000_000, 1000]
  const asked = { ...demand, peers, namespaces: 1, discoverEvery: 1 }
  const few: PlanLimits = { connectionsPerNode: peers / nodes, utilization: 10, spareNodes: 0 }
  const plan = planCluster(asked, few, costs)

  expect(plan).toMatchObject({ nodes, namespaces: 5000, answeredFrom: 'a copy' })
  expect(plan.nodeMemoryBytes).toBe(
    100_000_000 + plan.connectionsPerNode * 50_000 + 2 * 0.9 * COPIED_BYTES_MAX_DEFAULT
  )

  // Each of 5,000 namespaces is asked for once a second at each node: of some what has changed is read, of the others 50.
  const share = (0.9 * COPIED_BYTES_MAX_DEFAULT) / (5000 * (1000 * 500 + 1024))
  const reads = 1 / 1.05
  const eachUs = share * reads * (20 + (100 / reads) * 2) + (1 - share) * (20 + 50 * 5)

  expect(plan.redisUtilization * plan.redisPrimaries).toBeCloseTo(
    (nodes * 5000 * eachUs + 500_000 * 50 + 5000 * 300) / 1_000_000
  )
})

it('answers no more than there are', () => {
  const small = { ...demand, namespaceSize: 10 }
  const sent = (limit: number) => planCluster({ ...small, limit }, limits, costs).nodeBitsPerSecond

  expect(sent(50)).toEqual(sent(10))
})

it('divides registrations evenly', () => {
  const plan = planCluster(
    { ...demand, peers: 1500, namespaces: 1, discoverEvery: 1 },
    limits,
    costs
  )

  expect(plan).toMatchObject({ nodes: 2, namespaces: 2, answeredFrom: 'a copy' })
  expect(plan.nodeMemoryBytes).toBe(
    100_000_000 + plan.connectionsPerNode * 50_000 + 2 * (1500 * 500 + 2 * 1024)
  )
})

it('has enough nodes with and without the spare ones, though each has other reads then', () => {
  const one = { ...demand, peers: 1_000_000, namespaces: 1, discoverEvery: 60 }
  const { nodes, nodeUtilization } = planCluster(one, { ...limits, spareNodes: 20 }, costs)
  const without = planCluster(one, { ...limits, spareNodes: 0 }, costs)

  expect(nodes - 20).toBeGreaterThanOrEqual(without.nodes)
  expect(nodeUtilization).toBeLessThanOrEqual(0.5)
})

it('refuses what takes more than a million nodes', () => {
  expect(() => planCluster({ ...demand, refreshEvery: 1e-9 }, limits, costs)).toThrow(
    'that takes more than 1,000,000 nodes'
  )
})

it('takes a node and a primary for a single peer', () => {
  expect(planCluster({ ...demand, peers: 1 }, { ...limits, spareNodes: 0 }, costs)).toMatchObject({
    nodes: 1,
    redisPrimaries: 1
  })
})
