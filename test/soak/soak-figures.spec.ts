import { describe, expect, it } from 'vitest'
import type { Sample } from './sampler.ts'
import { calmSamples, growthsOf } from './soak-figures.ts'

const MINUTE_MS = 60_000
const RUN = { fromMs: 0, toMs: 30 * MINUTE_MS }

describe('the figures of a soak', () => {
  it('are met where nothing grows', () => {
    const growths = growthsOf(sampled(), [], RUN)

    expect(growths.filter(({ isTooMuch }) => isTooMuch)).toEqual([])
    expect(growths.map(({ what }) => what)).toEqual([
      ...['heap of node 0', 'sockets of node 0', 'handles of node 0'],
      ...['heap of node 1', 'sockets of node 1', 'handles of node 1'],
      'keys of Redis'
    ])
  })

  it.each(['heapBytes', 'sockets', 'handles'] as const)(
    'are broken by one node whose %s grow by 3 %% in ten minutes',
    (key) => {
      const samples = sampled((minutes, sample) => {
        const node = sample.nodes[1] as Sample['nodes'][number]

        node[key] *= 1 + 0.003 * minutes
      })

      expect(growthsOf(samples, [], RUN).filter(({ isTooMuch }) => isTooMuch)).toMatchObject([
        { what: expect.stringContaining('of node 1') }
      ])
    }
  )

  it('are broken by keys of Redis that grow', () => {
    const samples = sampled((minutes, sample) => {
      sample.redisKeys = 1000 * (1 + 0.003 * minutes)
    })

    expect(growthsOf(samples, [], RUN).filter(({ isTooMuch }) => isTooMuch)).toMatchObject([
      { what: 'keys of Redis' }
    ])
  })

  it('do not judge keys of Redis in a run in which they still rise', () => {
    const rising = sampled((minutes, sample) => {
      sample.redisKeys = 1000 * (1 + 0.1 * minutes)
    })
    const growths = growthsOf(rising, [], { fromMs: 0, toMs: 15 * MINUTE_MS })

    expect(growths.at(-1)).toMatchObject({ isTooMuch: false, percentMax: undefined })
  })

  it('leave out what was sampled during a fault and soon after', () => {
    const fault = { name: 'hang', fromMs: 25_000, toMs: 45_000 }
    const times = calmSamples(sampled(), [fault]).map(({ atMs }) => atMs)

    expect(times.slice(0, 5)).toEqual([0, 10_000, 20_000, 70_000, 80_000])
  })

  it('are not met where nothing was sampled', () => {
    expect(() => growthsOf([], [], RUN)).toThrow(RangeError)
  })
})

/** Every ten seconds for half an hour, of two nodes. */
function sampled(change: (minutes: number, sample: Sample) => void = () => {}): Sample[] {
  return Array.from({ length: 181 }, (_, index) => {
    const node = { heapBytes: 6e7, rssBytes: 2e8, sockets: 100, handles: 150 }
    const sample = {
      atMs: index * 10_000,
      nodes: [{ ...node }, { ...node }],
      redisKeys: 1000,
      withoutStore: []
    }

    change(index / 6, sample)

    return sample
  })
}
