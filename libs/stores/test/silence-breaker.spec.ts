import { describe, expect, it } from 'vitest'
import { SilenceBreaker, SilentServerError } from '../src/redis/silence-breaker.ts'

/** A breaker whose server answered at 10,000 ms, and a clock for the test to set. */
function setup() {
  const clock = { nowMs: 10_000 }
  const breaker = new SilenceBreaker(() => clock.nowMs)

  breaker.answered()

  return {
    clock,
    breaker,
    timeOut: (times: number) => {
      for (let time = 0; time < times; time++) {
        breaker.timedOut()
      }
    },
    maySend: () => {
      try {
        breaker.assertMaySend()

        return true
      } catch (error) {
        expect(error).toBeInstanceOf(SilentServerError)

        return false
      }
    }
  }
}

describe('a server that has answered', () => {
  it('is asked again', () => {
    const { maySend } = setup()

    expect([maySend(), maySend()]).toEqual([true, true])
  })

  it('is asked after four timeouts, and not after the fifth', () => {
    const { timeOut, maySend } = setup()

    timeOut(4)
    const afterFour = maySend()
    timeOut(1)

    expect([afterFour, maySend()]).toEqual([true, false])
  })

  it('is asked as long as it answers one command in five', () => {
    const { breaker, timeOut, maySend } = setup()

    for (let round = 0; round < 10; round++) {
      timeOut(4)
      breaker.answered()
    }

    timeOut(4)

    expect(maySend()).toBe(true)
  })

  it.each([
    [999, true],
    [1000, false],
    [60_000, false]
  ])('%i ms ago: after one timeout, to be asked: %j', (ms, isAsked) => {
    const { clock, timeOut, maySend } = setup()

    clock.nowMs += ms
    timeOut(1)

    expect(maySend()).toBe(isAsked)
  })

  it('is asked however long ago that is, without a timeout', () => {
    const { clock, maySend } = setup()

    clock.nowMs += 3_600_000

    expect([maySend(), maySend()]).toEqual([true, true])
  })
})

describe('a server that never answered', () => {
  it('is asked before the first timeout, and not after it', () => {
    let nowMs = -3_600_000
    const breaker = new SilenceBreaker(() => nowMs)

    breaker.assertMaySend()
    nowMs += 1
    breaker.timedOut()

    expect(() => breaker.assertMaySend()).toThrow(SilentServerError)
  })
})

describe('a silent server', () => {
  function silent() {
    const parts = setup()

    parts.timeOut(5)

    return parts
  }

  it('is asked by one command in 200 ms', () => {
    const { clock, maySend } = silent()
    const askedAtMs: number[] = []

    for (let ms = 0; ms <= 1000; ms++) {
      if (maySend()) {
        askedAtMs.push(ms)
      }

      clock.nowMs++
    }

    expect(askedAtMs).toEqual([200, 400, 600, 800, 1000])
  })

  it('stays so when that command times out too, and is asked again 200 ms later', () => {
    const { clock, timeOut, maySend } = silent()

    clock.nowMs += 200
    maySend()
    clock.nowMs += 1000
    timeOut(1)
    const rightAfter = maySend()
    clock.nowMs += 199
    const justBefore = maySend()
    clock.nowMs += 1

    expect([rightAfter, justBefore, maySend()]).toEqual([false, false, true])
  })

  it('is asked by all again once it answered, as if it never had been silent', () => {
    const { clock, breaker, timeOut, maySend } = silent()

    clock.nowMs += 200
    maySend()
    clock.nowMs += 5
    breaker.answered()
    const answered = [maySend(), maySend()]
    timeOut(4)

    expect([...answered, maySend()]).toEqual([true, true, true])
  })

  it('is asked by all again when a command of before is answered late', () => {
    const { clock, breaker, maySend } = silent()

    clock.nowMs += 1
    breaker.answered()

    expect([maySend(), maySend()]).toEqual([true, true])
  })
})
