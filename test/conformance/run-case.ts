import { setTimeout as delay } from 'node:timers/promises'
import { createCaseContext } from './case-context.ts'
import type { ConformanceCase } from './conformance-case.ts'
import type { PointUnderTest } from './point-under-test.ts'
import { PROTOCOLS, type ProtocolName } from './protocols.ts'
import { SkippedError } from './skipped-error.ts'

/** Longest time a case may take besides what it waits for, in milliseconds. */
const CASE_DEADLINE_MS = 10_000

/** Heavy ones do a thousand things. */
const HEAVY_CASE_DEADLINE_MS = 60_000

/** Longest lifetime that is waited for, in seconds. */
const WAITED_TTL_SECONDS_MAX = 5

/**
 * Runs one case with one protocol, on peers of its own.
 *
 * @throws SkippedError, or an error that says what the point did wrong
 */
export async function runCase(
  row: ConformanceCase,
  point: PointUnderTest,
  protocol: ProtocolName
): Promise<void> {
  const waitsMs = (await waitedSeconds(row, point, protocol)) * 1000
  const deadlineMs = (row.isHeavy ? HEAVY_CASE_DEADLINE_MS : CASE_DEADLINE_MS) + waitsMs
  const context = createCaseContext(point, PROTOCOLS[protocol])
  const ended = new AbortController()

  try {
    await Promise.race([
      row.run(context),
      delay(deadlineMs, undefined, { signal: ended.signal }).then(() => {
        throw new Error(`nothing came of it within ${deadlineMs / 1000} s`)
      })
    ])
  } finally {
    ended.abort()
    await context.close()
  }
}

async function waitedSeconds(
  { waitsSeconds }: ConformanceCase,
  point: PointUnderTest,
  protocol: ProtocolName
): Promise<number> {
  if (waitsSeconds == null) {
    return 0
  }

  const ttlSeconds = await point.shortestTtl(protocol)

  if (ttlSeconds > WAITED_TTL_SECONDS_MAX) {
    throw new SkippedError(`the shortest lifetime granted is ${ttlSeconds} s`)
  }

  return waitsSeconds(ttlSeconds)
}
