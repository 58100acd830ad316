import { describe, expect, it } from 'vitest'
import { histogramOf, isSpread } from './spread.ts'

describe('the histogram of a drain', () => {
  it('counts by tenths of the time, and what comes later', () => {
    const times = [1000, 1099, 1100, 1999, 2000, 9000]

    expect(histogramOf(times, { fromMs: 1000, lengthMs: 1000 })).toEqual([
      ...[2, 1, 0, 0, 0, 0, 0, 0, 0, 1],
      2
    ])
  })

  it('counts what comes a moment too early as the first', () => {
    expect(histogramOf([999], { fromMs: 1000, lengthMs: 1000 })[0]).toBe(1)
  })
})

describe('whether reconnects are spread', () => {
  it('holds for an even rate', () => {
    expect(isSpread([9, 11, 10, 10, 9, 11, 10, 10, 10, 9, 1])).toBe(true)
  })

  it('does not hold where most come at once', () => {
    expect(isSpread([0, 0, 0, 0, 60, 10, 10, 10, 10, 0, 0])).toBe(false)
  })

  it('does not hold where most come after the drain', () => {
    expect(isSpread([5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 50])).toBe(false)
  })

  it('holds for a few, of which nothing can be said', () => {
    expect(isSpread([0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0])).toBe(true)
  })
})
