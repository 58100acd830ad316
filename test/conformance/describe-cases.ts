import { beforeAll, describe, it } from 'vitest'
import type { ConformanceCase } from './conformance-case.ts'
import type { PointUnderTest } from './point-under-test.ts'
import type { ProtocolName } from './protocols.ts'
import { runCase } from './run-case.ts'

const TIMEOUT_MS = 70_000

/** A test for each case that is of a protocol; the point is there by the time they run. */
export function describeCases(
  protocol: ProtocolName,
  cases: readonly ConformanceCase[],
  point: () => PointUnderTest
): void {
  const { quick = [], waiting = [] } = Object.groupBy(
    cases.filter(({ protocols }) => protocols.includes(protocol)),
    ({ waitsSeconds }) => (waitsSeconds == null ? 'quick' : 'waiting')
  )

  it.each(quick)('$name', { timeout: TIMEOUT_MS }, (row) => runCase(row, point(), protocol))

  describe('as time goes by', () => {
    const running = new Map<ConformanceCase, Promise<void>>()

    // All at once: they only wait.
    beforeAll(() => {
      for (const row of waiting) {
        const result = runCase(row, point(), protocol)

        // Its own test tells of a failure, which may come before that asks.
        result.catch(() => {})
        running.set(row, result)
      }
    })

    it.each(waiting)('$name', { timeout: TIMEOUT_MS }, (row) => running.get(row))
  })
}
