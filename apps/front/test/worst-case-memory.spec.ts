import { POINT_LIMITS_DEFAULT } from '@rendezvous-cluster/point'
import { describe, expect, it } from 'vitest'
import { availableMemory, memoryWarning, worstCaseMemory } from '../src/worst-case-memory.ts'

const GIB = 2 ** 30
const LIMITS = {
  ...POINT_LIMITS_DEFAULT,
  connectionsMax: 10_000,
  pending: 1000,
  copiedBytes: GIB / 2
}

describe('the memory that peers may cause to be taken', () => {
  it('is that of all limits together', () => {
    const { parts, total } = worstCaseMemory(LIMITS)
    const sum = Object.values(parts).reduce((sum, bytes) => sum + bytes)

    expect(total).toBe(sum)
    expect(total / GIB).toBeCloseTo(4.77, 1)
  })

  it.each([
    'connectionsMax',
    'streamsPerConnection',
    'unsentBytes',
    'unreadBytes',
    'copiedBytes'
  ] as const)('grows with %s', (limit) => {
    const before = worstCaseMemory(LIMITS)
    const after = worstCaseMemory({ ...LIMITS, [limit]: 2 * LIMITS[limit] })

    expect(after.total).toBeGreaterThan(before.total)
  })

  it('is no reason for a warning where there is as much', () => {
    const { total, heap } = worstCaseMemory(LIMITS)

    expect(memoryWarning(LIMITS, { memoryBytes: total, heapBytes: heap })).toBeUndefined()
  })

  it('is a reason for one where there is less', () => {
    expect(memoryWarning(LIMITS, { memoryBytes: 2 * GIB, heapBytes: 4 * GIB })).toBe(
      'peers may cause 4.8 GiB of memory to be taken, and there are 2.0 GiB: ' +
        'lower --max-connections, --max-unsent-bytes, --max-unread-bytes or --max-copied-bytes'
    )
  })

  it('is a reason for one where the heap may not grow to its share of it', () => {
    expect(memoryWarning(LIMITS, { memoryBytes: 8 * GIB, heapBytes: GIB })).toMatch(
      /^peers may cause a heap of 1\.\d GiB, and Node lets it grow to 1\.0 GiB: start it with --max-old-space-size=\d+, or/
    )
  })
})

it('what this process may take is known', () => {
  const { memoryBytes, heapBytes } = availableMemory()

  expect(memoryBytes).toBeGreaterThan(GIB / 4)
  expect(memoryBytes).toBeLessThan(2 ** 50)
  expect(heapBytes).toBeGreaterThan(GIB / 16)
})
