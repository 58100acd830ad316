import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { describe, expect, it } from 'vitest'
import { fittedPart, growthOf, growthPercentMax, isTooMuch, type Point } from './growth.ts'

const MINUTE_MS = 60_000
const HALF_AN_HOUR = { fromMs: 0, toMs: 30 * MINUTE_MS }

describe('growth over time', () => {
  it('is what a line grows in ten minutes', () => {
    expect(growthOf(sampled((minutes) => 100 + minutes)).percent).toBeCloseTo(10)
    expect(growthOf(sampled((minutes) => 100 - minutes)).percent).toBeCloseTo(-10)
    expect(growthOf(sampled(() => 100)).percent).toBe(0)
    expect(growthOf(sampled(() => 0)).percent).toBe(0)
  })

  it('of a leak of 3 % in ten minutes is too much, also among noise', () => {
    const random = seededRandom(1)
    const leak = sampled((minutes) => 60 * (1 + 0.003 * minutes) * noise(random))

    expect(isTooMuchIn(leak)).toBe(true)
  })

  it.each([1, 2, 3, 4, 5])('of a flat line among noise is not, seed %i', (seed) => {
    const random = seededRandom(seed)
    const flat = sampled(() => 60 * noise(random))

    expect(isTooMuchIn(flat)).toBe(false)
  })

  it('does not count while values level off', () => {
    const levelling = sampled((minutes) => 100 * (1 - Math.exp(-minutes)))

    expect(growthOf(levelling).percent).toBeGreaterThan(growthPercentMax(HALF_AN_HOUR))
    expect(isTooMuchIn(levelling)).toBe(false)
  })

  it('is allowed 2 % in ten minutes, and more in a run shorter than half an hour', () => {
    expect(growthPercentMax(HALF_AN_HOUR)).toBe(2)
    expect(growthPercentMax({ fromMs: 0, toMs: 60 * MINUTE_MS })).toBe(2)
    expect(growthPercentMax({ fromMs: 0, toMs: 7.5 * MINUTE_MS })).toBe(16)
  })

  it('is uncertain by as much as values are off the line', () => {
    const random = seededRandom(1)
    const [exact, noisy] = [() => 1, () => noise(random)].map((factor) =>
      growthOf(sampled((minutes) => (100 + minutes) * factor()))
    )

    expect(exact?.uncertaintyPercent).toBeCloseTo(0)
    expect(noisy?.uncertaintyPercent).toBeGreaterThan(0.1)
    expect(isTooMuch({ percent: 3, uncertaintyPercent: 4 }, 2)).toBe(false)
    expect(isTooMuch({ percent: 3, uncertaintyPercent: 1 }, 2)).toBe(true)
  })

  it('cannot be told from two points', () => {
    expect(() => growthOf(sampled(() => 1).slice(0, 2))).toThrow(RangeError)
  })
})

function isTooMuchIn(points: Point[]): boolean {
  return isTooMuch(growthOf(fittedPart(points, HALF_AN_HOUR)), growthPercentMax(HALF_AN_HOUR))
}

/** Every ten seconds for half an hour. */
function sampled(valueAt: (minutes: number) => number): Point[] {
  return Array.from({ length: 181 }, (_, index) => ({
    atMs: index * 10_000,
    value: valueAt(index / 6)
  }))
}

/** Up to 3 % to either side. */
function noise(random: () => number): number {
  return 1 + (random() - 0.5) * 0.06
}
