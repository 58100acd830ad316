import { describe, expect, it } from 'vitest'
import { quantile } from '../src/quantile.ts'

describe('a quantile by bounds', () => {
  it('is told by a straight line between the bounds that it lies between', () => {
    const counts = [
      [0.001, 0],
      [0.01, 50],
      [0.1, 100]
    ] as const

    expect(quantile(counts, 0.5)).toBeCloseTo(0.01)
    expect(quantile(counts, 0.25)).toBeCloseTo(0.0055)
    expect(quantile(counts, 0.75)).toBeCloseTo(0.055)
    expect(quantile(counts, 1)).toBeCloseTo(0.1)
  })

  it('lies below the lowest bound where all do', () => {
    expect(
      quantile(
        [
          [0.001, 4],
          [0.01, 4]
        ],
        0.5
      )
    ).toBeCloseTo(0.0005)
  })

  it('passes over bounds between which nothing was counted', () => {
    expect(
      quantile(
        [
          [1, 10],
          [2, 10],
          [4, 20]
        ],
        0.75
      )
    ).toBeCloseTo(3)
  })

  it('is none of nothing', () => {
    expect(quantile([], 0.5)).toBeUndefined()
    expect(
      quantile(
        [
          [1, 0],
          [2, 0]
        ],
        0.5
      )
    ).toBeUndefined()
  })
})
