import type { RedisTopology } from '../support/redis-topology.ts'
import { ATTACKS, type AttackName } from '../withstand/attacks/attacks.ts'
import { type StormFault, stormFaults, TARGETS } from './storm-faults.ts'

const TOPOLOGIES: readonly RedisTopology['kind'][] = ['standalone', 'sentinel', 'cluster']

/** Beside the forgers, who are always there. */
const ATTACKS_AT_ONCE = 4

/** Between two faults of one target, in milliseconds. */
const PAUSE_MS = { min: 1500, max: 5000 }

/** More than fit into any run. */
const STEPS = 500

export interface StormStep {
  /** After the end of the one before, in milliseconds. */
  pauseMs: number
  fault: StormFault
  /** Index of the front node, for a fault of one. */
  node: number
}

export interface StormPlan {
  topology: RedisTopology['kind']
  attacks: AttackName[]
  /** One of each target; they go on beside each other. */
  lanes: StormStep[][]
}

export interface StormPlanInit {
  seed: number
  random: () => number
  nodes: number
}

/**
 * What happens in a storm. Topologies take turns by seed, so that a few seeds have all of them; in each
 * lane every kind of fault comes once before any comes again.
 */
export function planStorm({ seed, random, nodes }: StormPlanInit): StormPlan {
  const topology = TOPOLOGIES[seed % TOPOLOGIES.length] as RedisTopology['kind']
  const faults = stormFaults(topology)

  return {
    topology,
    attacks: shuffled(Object.keys(ATTACKS) as AttackName[], random).slice(0, ATTACKS_AT_ONCE),
    lanes: TARGETS.map((target) =>
      planLane(
        faults.filter((fault) => fault.target === target),
        random,
        nodes
      )
    )
  }
}

function planLane(faults: readonly StormFault[], random: () => number, nodes: number): StormStep[] {
  const steps: StormStep[] = []

  while (steps.length < STEPS) {
    for (const fault of shuffled(faults, random)) {
      steps.push({
        pauseMs: PAUSE_MS.min + random() * (PAUSE_MS.max - PAUSE_MS.min),
        fault,
        node: Math.floor(random() * nodes)
      })
    }
  }

  return steps
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value)
}
