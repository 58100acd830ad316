import { describe, expect, it } from 'vitest'
import { Pending } from '../../src/connections/pending.ts'

describe('what is pending', () => {
  it('gives up the oldest of the network with most', () => {
    const pending = new Pending<string>()

    pending.add('first', 'one')
    pending.add('second', 'many')
    pending.add('third', 'many')

    expect(pending.mostCrowded).toBe('second')
    expect(pending.size).toBe(3)
  })

  it('gives up the oldest of all where each has a network of its own', () => {
    const pending = new Pending<string>()

    pending.add('first', 'a')
    pending.add('second', 'b')

    expect(pending.mostCrowded).toBe('first')
  })

  it('is counted once, and gone once', () => {
    const pending = new Pending<string>()

    pending.add('only')
    pending.delete('only')
    pending.delete('only')

    expect(pending.size).toBe(0)
    expect([...pending]).toEqual([])
    expect(pending.mostCrowded).toBeUndefined()
  })
})
