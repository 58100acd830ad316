import { describe, expect, it, vi } from 'vitest'
import { UnsentBytes } from '../../src/quotas/unsent-bytes.ts'

function recipient(onEnd: () => void = () => {}) {
  return { endUnsent: vi.fn(onEnd) }
}

describe('unsent bytes', () => {
  it('are counted by recipient and in all', () => {
    const unsent = new UnsentBytes(100)
    const [a, b] = [recipient(), recipient()]

    unsent.add(a, 60)
    unsent.add(b, 30)
    unsent.add(a, -20)

    expect([unsent.of(a), unsent.of(b), unsent.total]).toEqual([40, 30, 70])
  })

  it('end the recipient with the most, one past the bound, and no other', () => {
    const unsent = new UnsentBytes(100)
    const [few, most, last] = [recipient(), recipient(), recipient()]

    unsent.add(few, 20)
    unsent.add(most, 60)
    unsent.add(last, 20)
    expect(most.endUnsent).not.toHaveBeenCalled()

    unsent.add(last, 1)

    expect(most.endUnsent).toHaveBeenCalledOnce()
    expect([few, last].flatMap(({ endUnsent }) => endUnsent.mock.calls)).toEqual([])
    expect(unsent.total).toBe(41)
  })

  it('are not taken off twice when an ended recipient gives them up, at once or later', () => {
    const unsent = new UnsentBytes(100)
    const most = recipient(() => unsent.add(most, -50))

    unsent.add(most, 101)
    unsent.add(most, -51)

    expect(unsent.total).toBe(0)
  })
})
