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
    emptyBytes: 100_000_000
  },
  redis: {
    registerUs: 50,
    discoverUs: 10,
    drawnUs: 0.2,
    copiedUs: 0.1,
    connectUs: 300,
    registrationBytes: 800
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
  ttl: 20,
  refreshEvery: 10,
  discoverEvery: 100,
  limit: 50,
  session: 1000
}

const limits: PlanLimits = { connectionsPerNode: 100_000, utilization: 0.5, spareNodes: 1 }

it('adds up what peers ask for, and what that takes', () => {
  const plan = planCluster(demand, limits, costs)

  expect(plan).toMatchObject({
    registersPerSecond: 20_000,
    discoversPerSecond: 1000,
    connectsPerSecond: 100,
    // 2 s a second for REGISTER, 0.3 for DISCOVER, 0.1 for each of the other two: at half load 5 nodes.
    nodes: 6,
    bottleneck: 'processor time',
    connectionsPerNode: 16_667,
    // 1 s for REGISTER, 0.02 for DISCOVER, 0.03 for connections.
    redisPrimaries: 3
  })
  expect(plan.nodeUtilization).toBeCloseTo(2.5 / 6)
  expect(plan.redisUtilization).toBeCloseTo(1.05 / 3)
  expect(plan.nodeMemoryBytes).toBe(100_000_000 + 16_667 * 50_000)
  expect(plan.redisMemoryBytes).toBeCloseTo((200_000 * 800) / 3)
  expect(plan.nodeBitsPerSecond.received).toBeCloseTo(((8_000_000 + 200_000 + 300_000) * 8) / 6)
  expect(plan.nodeBitsPerSecond.sent).toBeCloseTo(((2_000_000 + 12_600_000 + 300_000) * 8) / 6)
})

it('takes as many nodes as connections need, where that is more', () => {
  expect(planCluster(demand, { ...limits, connectionsPerNode: 10_000 }, costs)).toMatchObject({
    nodes: 11,
    bottleneck: 'connections',
    connectionsPerNode: 9091
  })
})

it('takes less of Redis for registrations beyond those that are drawn one by one', () => {
  const utilization = (limit: number) => {
    const { redisUtilization, redisPrimaries } = planCluster({ ...demand, limit }, limits, costs)

    return redisUtilization * redisPrimaries
  }

  // A thousand DISCOVERs a second.
  expect(utilization(100) - utilization(50)).toBeCloseTo(0.01)
  expect(utilization(200) - utilization(100)).toBeCloseTo(0.01)
})

it('takes a node and a primary for a single peer', () => {
  expect(planCluster({ ...demand, peers: 1 }, { ...limits, spareNodes: 0 }, costs)).toMatchObject({
    nodes: 1,
    redisPrimaries: 1
  })
})
