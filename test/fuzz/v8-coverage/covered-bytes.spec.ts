import type { Profiler } from 'node:inspector'
import { describe, expect, it } from 'vitest'
import { CoveredBytes, hasExecuted } from './covered-bytes.ts'

/** What V8 tells of one script: each function is a list of ranges, the outermost first. */
function counted(...functions: [start: number, end: number, count: number][][]) {
  return [
    {
      scriptId: '1',
      url: 'script',
      functions: functions.map((ranges) => ({
        functionName: '',
        isBlockCoverage: true,
        ranges: ranges.map(([startOffset, endOffset, count]) => ({ startOffset, endOffset, count }))
      }))
    }
  ] satisfies Profiler.ScriptCoverage[]
}

const executedOf = (covered: CoveredBytes): number[] => [...(covered.scripts.get('script') ?? [])]

describe('what was executed', () => {
  it('is what a range says, but for what a range inside of it says', () => {
    const covered = new CoveredBytes()

    covered.add(
      counted([
        [0, 6, 1],
        [2, 4, 0]
      ])
    )

    expect(executedOf(covered)).toEqual([1, 1, 0, 0, 1, 1])
  })

  it('is not the inside of a function that was not called', () => {
    const covered = new CoveredBytes()

    covered.add(counted([[0, 6, 1]], [[1, 5, 0]]))

    expect(executedOf(covered)).toEqual([1, 0, 0, 0, 0, 1])
  })

  it('stays executed, and more is added', () => {
    const covered = new CoveredBytes()

    covered.add(
      counted([
        [0, 4, 1],
        [2, 4, 0]
      ])
    )
    covered.add(
      counted([
        [2, 6, 1],
        [4, 5, 0]
      ])
    )

    expect(executedOf(covered)).toEqual([1, 1, 1, 1, 0, 1])
  })

  it('is joined with what was executed elsewhere', () => {
    const covered = new CoveredBytes()

    covered.add(counted([[1, 2, 1]]))
    covered.join([['script', Uint8Array.of(1, 0, 0, 1)]])

    expect(executedOf(covered)).toEqual([1, 1, 0, 1])
  })
})

describe('what is new', () => {
  const covered = new CoveredBytes()

  covered.add(counted([[0, 4, 1]]))

  it('is not what was executed before, in whatever ranges', () => {
    expect(covered.isNew(counted([[1, 3, 7]]))).toBe(false)
    expect(
      covered.isNew(
        counted([
          [0, 9, 0],
          [2, 4, 1]
        ])
      )
    ).toBe(false)
  })

  it('is one character more, and it is told which', () => {
    expect(covered.isNew(counted([[3, 5, 1]]))).toBe(true)
    expect(covered.newIn(counted([[3, 6, 1]]))).toEqual(new Map([['script', [4, 5]]]))
  })

  it('is there again where all of it is', () => {
    const places = covered.newIn(counted([[3, 6, 1]]))

    expect(hasExecuted(counted([[4, 6, 1]]), places)).toBe(true)
    expect(hasExecuted(counted([[4, 5, 1]]), places)).toBe(false)
  })
})
