import { describe, expect, it } from 'vitest'
import { Pending } from '../../src/connections/pending.ts'

describe('what is pending', () => {
  it('has room up to its most, for those that come one by one', () => {
    const pending = pendingOf(4, { a: 1, b: 1, c: 1, d: 1 })

    expect(pending.oneTooMany).toBeUndefined()
  })

  it('gives up the oldest of all where each has a network of its own', () => {
    const pending = pendingOf(4, { a: 1, b: 1, c: 1, d: 1, e: 1 })

    expect(pending.oneTooMany).toBe('a1')
  })

  it('gives up the oldest of the network with most, from a quarter on', () => {
    const pending = pendingOf(8, { one: 1, many: 2 })

    expect(pending.oneTooMany).toBe('many1')
  })

  it('has room for many of one network up to a quarter', () => {
    const pending = pendingOf(8, { many: 2 })

    expect(pending.oneTooMany).toBeUndefined()
  })

  it('has room up to its most for those that are held to no limit', () => {
    const pending = pendingOf(4, { '': 4 })

    expect(pending.oneTooMany).toBeUndefined()

    pending.add('last')

    expect(pending.oneTooMany).toBe('1')
  })

  it('is counted once, and gone once', () => {
    const pending = new Pending<string>(0)

    pending.add('only')

    expect(pending.oneTooMany).toBe('only')

    pending.delete('only')
    pending.delete('only')

    expect(pending.size).toBe(0)
    expect([...pending]).toEqual([])
    expect(pending.oneTooMany).toBeUndefined()
  })
})

/** Has so many of each network, the first network's first. */
function pendingOf(max: number, networks: Record<string, number>): Pending<string> {
  const pending = new Pending<string>(max)

  for (const [network, count] of Object.entries(networks)) {
    for (let index = 1; index <= count; index++) {
      pending.add(`${network}${index}`, network)
    }
  }

  return pending
}
