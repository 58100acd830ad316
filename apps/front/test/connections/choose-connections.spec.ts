import { describe, expect, it } from 'vitest'
import { chooseConnections, type Dispensable } from '../../src/connections/choose-connections.ts'

/** Idle since then. */
const IDLE_SINCE_MS = 100

describe('the connections to end where there are too many', () => {
  const connection = (id: string, rest: Partial<Dispensable> = {}) => ({
    id,
    usedAtMs: 0,
    isLive: false,
    ...rest
  })

  function choose(candidates: ReturnType<typeof connection>[], count: number): string[] {
    return chooseConnections(candidates, count, IDLE_SINCE_MS).map(({ id }) => id)
  }

  it('are the idle ones first, from the one that was not used for longest', () => {
    const candidates = [
      connection('used since', { usedAtMs: 101, network: 'a' }),
      connection('newer', { usedAtMs: 100 }),
      connection('older', { usedAtMs: 50 }),
      connection('live', { isLive: true, network: 'a' }),
      connection('oldest', { usedAtMs: 10 })
    ]

    expect(choose(candidates, 2)).toEqual(['oldest', 'older'])
  })

  it('are then those of the networks that have most, down to the same number', () => {
    const candidates = [
      ...['a1', 'a2', 'a3', 'a4'].map((id) => connection(id, { usedAtMs: 200, network: 'a' })),
      ...['b1', 'b2'].map((id) => connection(id, { usedAtMs: 200, network: 'b' })),
      connection('c1', { usedAtMs: 200, network: 'c' }),
      connection('idle')
    ]

    expect(choose(candidates, 3)).toEqual(['idle', 'a1', 'a2'])
    expect(choose(candidates, 5).sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'idle'])
  })

  it('are of a network those without a live registration first', () => {
    const candidates = [
      connection('live', { usedAtMs: 150, isLive: true, network: 'a' }),
      connection('newer', { usedAtMs: 200, network: 'a' }),
      connection('older', { usedAtMs: 190, network: 'a' })
    ]

    expect(choose(candidates, 2)).toEqual(['older', 'newer'])
  })

  it('are never the last one of a network, nor any that is held to no limit', () => {
    const candidates = [
      connection('only one', { usedAtMs: 200, network: 'a' }),
      connection('unlimited', { usedAtMs: 200 }),
      connection('unlimited too', { usedAtMs: 200 })
    ]

    expect(choose(candidates, 3)).toEqual([])
  })
})
