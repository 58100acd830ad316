import type { FaultWindows } from './fault-windows.ts'
import type { ForgeryTallies } from './forger.ts'
import type { Load, Try } from './load.ts'

/** A requirement that was not met. */
export interface StormFinding {
  what: string
  /** For people. */
  detail: string
}

/** Of each kind that many are shown. */
const EXAMPLES_MAX = 3

export interface LoadFindingsInit {
  load: Pick<Load, 'findings' | 'tallies' | 'closes' | 'lates'>
  windows: FaultWindows
  /** When an answer is late, in milliseconds. */
  answerMs: number
  /** What node and load have waited for a core meanwhile, in milliseconds. */
  waitedMs: (request: Try) => number
}

/** What honest peers saw and should not have. */
export function loadFindings(init: LoadFindingsInit): StormFinding[] {
  const { windows, answerMs, waitedMs } = init
  const { findings, tallies, closes, lates } = init.load

  return [
    ...findings.map(({ finding, detail }) => ({ what: finding, detail })),
    ...tallies.flatMap(({ atMs, outcome, detail }): StormFinding[] =>
      outcome === 'ok' || outcome === 'refused'
        ? []
        : [{ what: WHAT_OF[outcome], detail: `sent at ${seconds(atMs)}: ${detail}` }]
    ),
    ...closes
      .filter(
        ({ node, sentAtMs, endedAtMs }) =>
          !windows.overlap(`node ${node}`, { fromMs: sentAtMs, toMs: endedAtMs })
      )
      .map(({ node, sentAtMs, endedAtMs }) => ({
        what: 'ended without cause',
        detail: describeTry({ node, sentAtMs, endedAtMs })
      })),
    ...lates
      .filter((late) => late.endedAtMs - late.sentAtMs - waitedMs(late) > answerMs)
      .map((late) => ({
        what: 'answered late',
        detail: `${describeTry(late)}, of which no core was free for ${seconds(waitedMs(late))}`
      }))
  ]
}

const WHAT_OF = {
  closed: 'failed at every point',
  unanswered: 'unanswered',
  other: 'answered with a strange status'
} as const

/** Each forged request has to be answered with an error, or ended along with its node. */
export function forgeryFindings(forgeries: ForgeryTallies): StormFinding[] {
  return Object.entries(forgeries).flatMap(([kind, outcomes]) =>
    (['granted', 'unanswered'] as const).flatMap((outcome) =>
      Array.from({ length: outcomes[outcome] ?? 0 }, () => ({
        what: `forgery ${outcome}`,
        detail: kind
      }))
    )
  )
}

/** How many there are of each kind, and the first of them. */
export function countFindings(all: readonly StormFinding[]): {
  findings: Record<string, number>
  examples: string[]
} {
  const byKind = Map.groupBy(all, ({ what }) => what)

  return {
    findings: Object.fromEntries([...byKind].map(([what, found]) => [what, found.length])),
    examples: [...byKind].flatMap(([what, found]) =>
      found.slice(0, EXAMPLES_MAX).map(({ detail }) => `${what}: ${detail}`)
    )
  }
}

function describeTry({ node, sentAtMs, endedAtMs }: Try): string {
  return `at node ${node}, ${seconds(endedAtMs - sentAtMs)} after ${seconds(sentAtMs)}`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
