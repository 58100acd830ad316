import type { ConformanceCase } from './conformance-case.ts'
import type { PointUnderTest } from './point-under-test.ts'
import type { ProtocolName } from './protocols.ts'
import { runCase } from './run-case.ts'
import { SkippedError } from './skipped-error.ts'

/** Reasons that tell of bytes may be long. */
const WHY_LENGTH_MAX = 300

/** What came of one case with one protocol. */
export interface CaseResult {
  protocol: ProtocolName
  name: string
  source: string
  outcome: 'pass' | 'FAIL' | 'skip'
  /** In one line; absent when it passed. */
  why?: string
  milliseconds: number
}

export interface RunInit {
  point: PointUnderTest
  protocols: readonly ProtocolName[]
  cases: readonly ConformanceCase[]
  /** Whether heavy cases run. */
  isHeavyToo: boolean
}

/**
 * Runs cases, one after the other, protocol by protocol; those that only wait for time to pass run
 * all at once at the end of their protocol.
 */
export async function* runCases(init: RunInit): AsyncGenerator<CaseResult> {
  for (const protocol of init.protocols) {
    const cases = init.cases.filter(({ protocols }) => protocols.includes(protocol))
    const { quick = [], waiting = [] } = Object.groupBy(cases, ({ waitsSeconds }) =>
      waitsSeconds == null ? 'quick' : 'waiting'
    )

    for (const row of quick) {
      yield await resultOf(row, protocol, init)
    }

    for (const result of waiting.map((row) => resultOf(row, protocol, init))) {
      yield await result
    }
  }
}

async function resultOf(
  row: ConformanceCase,
  protocol: ProtocolName,
  { point, isHeavyToo }: RunInit
): Promise<CaseResult> {
  const { name, source } = row
  const startedAtMs = performance.now()
  const end = (outcome: CaseResult['outcome'], why?: string): CaseResult => ({
    protocol,
    name,
    source,
    outcome,
    why,
    milliseconds: Math.round(performance.now() - startedAtMs)
  })

  if (row.isHeavy && !isHeavyToo) {
    return end('skip', 'heavy: it runs with --heavy')
  }

  try {
    await runCase(row, point, protocol)

    return end('pass')
  } catch (error) {
    return error instanceof SkippedError
      ? end('skip', error.message)
      : end('FAIL', inOneLine(error))
  }
}

function inOneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)

  return message.replaceAll(/\s+/g, ' ').trim().slice(0, WHY_LENGTH_MAX)
}
