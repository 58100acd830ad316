import { describe, expect, it, vi } from 'vitest'
import { HeldBytes } from '../../src/quotas/held-bytes.ts'

function holder(onEnd: () => void = () => {}) {
  return { end: vi.fn(onEnd) }
}

describe('held bytes', () => {
  it('are counted by holder and in all', () => {
    const held = new HeldBytes(100)
    const [a, b] = [holder(), holder()]

    held.add(a, 60)
    held.add(b, 30)
    held.add(a, -20)

    expect([held.of(a), held.of(b), held.total]).toEqual([40, 30, 70])
  })

  it('end the holder with the most, one past the bound, and no other', () => {
    const held = new HeldBytes(100)
    const [few, most, last] = [holder(), holder(), holder()]

    held.add(few, 20)
    held.add(most, 60)
    held.add(last, 20)
    expect(most.end).not.toHaveBeenCalled()

    held.add(last, 1)

    expect(most.end).toHaveBeenCalledOnce()
    expect([few, last].flatMap(({ end }) => end.mock.calls)).toEqual([])
    expect(held.total).toBe(41)
  })

  it('are not taken off twice when an ended holder gives them up, at once or later', () => {
    const held = new HeldBytes(100)
    const most = holder(() => held.add(most, -50))

    held.add(most, 101)
    held.add(most, -51)

    expect(held.total).toBe(0)
  })
})
