import { describe, expect, it } from 'vitest'
import { FaultWindows } from './fault-windows.ts'

describe('the windows of faults', () => {
  it('overlap a stretch that begins or ends within them, or holds them', () => {
    const windows = new FaultWindows()

    windows.begin('loss', 100)(200)

    const stretches = [
      { fromMs: 150, toMs: 300 },
      { fromMs: 50, toMs: 150 },
      { fromMs: 50, toMs: 300 },
      { fromMs: 50, toMs: 99 },
      { fromMs: 201, toMs: 300 }
    ]

    expect(stretches.map((stretch) => windows.overlap('loss', stretch))).toEqual([
      ...[true, true, true],
      ...[false, false]
    ])
  })

  it('last until they are ended, each scope for itself', () => {
    const windows = new FaultWindows()

    windows.begin('node 1', 100)

    const later = { fromMs: 10_000, toMs: 10_001 }

    expect(windows.overlap('node 1', later)).toBe(true)
    expect(windows.overlap('node 2', later)).toBe(false)
  })
})
