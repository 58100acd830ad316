import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { describe, expect, it } from 'vitest'
import { stormFaults, TARGETS } from './storm-faults.ts'
import { planStorm } from './storm-plan.ts'

describe('the plan of a storm', () => {
  it('is the same for the same seed, and another for another', () => {
    const [one, again, other] = [4, 4, 7].map((seed) => JSON.stringify(planOf(seed)))

    expect(one).toBe(again)
    expect(one).not.toBe(other)
  })

  it('has every topology within three seeds', () => {
    const topologies = [1, 2, 3].map((seed) => planOf(seed).topology)

    expect(topologies.sort()).toEqual(['cluster', 'sentinel', 'standalone'])
  })

  it('has every fault of a target once before any comes again', () => {
    const { topology, lanes } = planOf(2)

    for (const [index, target] of TARGETS.entries()) {
      const names = stormFaults(topology)
        .filter((fault) => fault.target === target)
        .map(({ name }) => name)
      const planned = lanes[index]?.slice(0, names.length).map(({ fault }) => fault.name)

      expect(planned?.sort()).toEqual(names.sort())
    }
  })

  it('has faults at nodes that there are', () => {
    const nodes = planOf(3).lanes.flatMap((lane) => lane.map(({ node }) => node))

    expect(new Set(nodes)).toEqual(new Set([0, 1, 2]))
  })
})

function planOf(seed: number) {
  return planStorm({ seed, random: seededRandom(seed), nodes: 3 })
}
