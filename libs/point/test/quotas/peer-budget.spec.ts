import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PeerBudget } from '../../src/quotas/peer-budget.ts'
import { PeerBudgets } from '../../src/quotas/peer-budgets.ts'

const LIMITS = {
  costUnits: { perSecond: 10, burst: 100 },
  bytesOut: { perSecond: 1000, burst: 5000 }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** How many requests of one unit are served until one is not. */
function served(budget: PeerBudget): number {
  let count = 0

  while (budget.pay(1)) {
    count++
  }

  return count
}

describe('the budget of a peer', () => {
  it('begins with a whole burst, and no more', () => {
    expect(served(new PeerBudget(LIMITS))).toBe(100)
  })

  it('recovers at its rate, and up to a burst', () => {
    const budget = new PeerBudget(LIMITS)

    served(budget)
    vi.advanceTimersByTime(1500)

    expect(served(budget)).toBe(15)

    vi.advanceTimersByTime(3_600_000)

    expect(served(budget)).toBe(100)
  })

  it('takes nothing for a request that is not served', () => {
    const budget = new PeerBudget(LIMITS)

    budget.charge({ units: 97 })

    expect([budget.pay(5), budget.pay(5), budget.pay(3)]).toEqual([false, false, true])
  })

  it('is in debt after results that cost more than there was, until that has flowed in', () => {
    const budget = new PeerBudget(LIMITS)

    budget.charge({ units: 120 })
    vi.advanceTimersByTime(2000)
    const inDebt = budget.pay(1)

    vi.advanceTimersByTime(100)

    expect([inDebt, budget.pay(1)]).toEqual([false, true])
  })

  it('is in debt after more bytes than there was', () => {
    const budget = new PeerBudget(LIMITS)

    budget.charge({ bytes: 6000 })
    vi.advanceTimersByTime(999)
    const inDebt = budget.pay(1)

    vi.advanceTimersByTime(1)

    expect([inDebt, budget.pay(1)]).toEqual([false, true])
  })
})

describe('the budgets of all peers', () => {
  it("are each peer's own, and the same when it comes again", () => {
    const budgets = new PeerBudgets(LIMITS)

    served(budgets.of('peer A'))

    expect([served(budgets.of('peer A')), served(budgets.of('peer B'))]).toEqual([0, 100])
  })

  it('are forgotten beyond a number, the longest unused first', () => {
    const budgets = new PeerBudgets(LIMITS)

    served(budgets.of('peer A'))
    served(budgets.of('peer B'))

    for (let index = 0; index < 19_999; index++) {
      budgets.of(`another peer ${index}`)
    }

    expect([served(budgets.of('peer B')), served(budgets.of('peer A'))]).toEqual([0, 100])
  })
})
