import { beforeEach, describe, expect, it } from 'vitest'
import { NamespaceDemand } from '../src/redis/namespace-demand.ts'

describe('what is asked of a namespace', () => {
  let nowMs: number
  let demand: NamespaceDemand

  beforeEach(() => {
    nowMs = 0
    demand = new NamespaceDemand({ now: () => nowMs, copyMs: 50 })
  })

  it('makes a copy pay at once for all but the first, while its size is not known', () => {
    expect([demand.ask('a', 50), demand.ask('a', 50), demand.ask('b', 50)]).toEqual([
      false,
      true,
      false
    ])
  })

  it('makes a copy pay once it is half of it within the time that a copy answers', () => {
    demand.ask('a', 50)
    demand.learn('a', 400, 50)

    expect(asked(5)).toEqual([false, false, false, true, true])
  })

  it('is forgotten little by little', () => {
    demand.ask('a', 50)
    demand.learn('a', 400, 50)
    asked(5)
    nowMs = 51
    expect(asked(1)).toEqual([true])

    // There was one in the stretch before.
    nowMs = 102
    expect(asked(5)).toEqual([false, false, false, false, true])

    nowMs = 1000
    expect(asked(5)).toEqual([false, false, false, false, true])
  })

  it('never makes a copy pay of what is asked for seldom', () => {
    demand.ask('a', 50)
    demand.learn('a', 200, 50)

    const asks = Array.from({ length: 20 }, () => {
      nowMs += 60

      return demand.ask('a', 50)
    })

    expect(asks).not.toContain(true)
  })

  it('counts for as long as a copy is known to answer', () => {
    demand.ask('a', 50)
    demand.learn('a', 200, 10_000)

    const asks = Array.from({ length: 4 }, () => {
      nowMs += 60

      return demand.ask('a', 50)
    })

    expect(asks).toEqual([false, true, true, true])
  })

  function asked(times: number): boolean[] {
    return Array.from({ length: times }, () => demand.ask('a', 50))
  }
})
