import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { describe, expect, it } from 'vitest'
import { planReplacements, type ReplacementSignal } from './plan.ts'

describe('the plan of a rolling restart', () => {
  function plan(seconds: number, signals: ReplacementSignal[] = ['SIGTERM', 'SIGKILL']) {
    return planReplacements({ seconds, signals, nodes: 3, random: seededRandom(1) })
  }

  it('replaces each node once by each signal, one signal after the other', () => {
    const { replacements } = plan(60)

    expect(replacements.map(({ signal }) => signal)).toEqual([
      ...['SIGTERM', 'SIGTERM', 'SIGTERM'],
      ...['SIGKILL', 'SIGKILL', 'SIGKILL']
    ])
    expect(replacements.slice(0, 3).map(({ node }) => node)).toEqual(
      expect.arrayContaining([0, 1, 2])
    )
    expect(replacements.slice(3).map(({ node }) => node)).toEqual(expect.arrayContaining([0, 1, 2]))
  })

  it('drains longer where there is more time, up to the default of thirty seconds', () => {
    expect([60, 300, 3000].map((seconds) => plan(seconds).drainSeconds)).toEqual([5, 30, 30])
  })

  it('keeps to the time that it is given', () => {
    for (const seconds of [60, 120, 300]) {
      const { drainSeconds, settleMs } = plan(seconds)
      const taken = 3 * (drainSeconds + 2) + 3 * 11 + 7 * (settleMs / 1000)

      expect(taken).toBeGreaterThan(seconds * 0.9)
      expect(taken).toBeLessThan(seconds * 1.1)
    }
  })

  it('has a drain and a pause however short the time is', () => {
    expect(plan(1)).toMatchObject({ drainSeconds: 2, settleMs: 500 })
  })
})
