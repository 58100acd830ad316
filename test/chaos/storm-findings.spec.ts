import { beforeEach, describe, expect, it } from 'vitest'
import { FaultWindows } from './fault-windows.ts'
import type { LoadFinding, Tally, Try } from './load.ts'
import { countFindings, forgeryFindings, loadFindings } from './storm-findings.ts'

describe('what a storm requires', () => {
  let windows: FaultWindows

  beforeEach(() => {
    windows = new FaultWindows()
  })

  function findingsOf(
    load: { findings?: LoadFinding[]; tallies?: Tally[]; closes?: Try[]; lates?: Try[] },
    waitedMs = 0
  ) {
    const all = loadFindings({
      load: { findings: [], tallies: [], closes: [], lates: [], ...load },
      windows,
      answerMs: 4000,
      waitedMs: () => waitedMs
    })

    return countFindings(all).findings
  }

  it('is met where every request was answered, be it with a refusal', () => {
    const tallies: Tally[] = [
      { atMs: 0, outcome: 'ok', detail: '' },
      { atMs: 0, outcome: 'refused', detail: '' }
    ]

    expect(findingsOf({ tallies })).toEqual({})
  })

  it.each(['lost', 'expired', 'outdated', 'refused', 'invented', 'repeated', 'forged'] as const)(
    'is broken by an answer in which something is %s',
    (finding) => {
      expect(findingsOf({ findings: [{ atMs: 0, finding, detail: '' }] })).toEqual({ [finding]: 1 })
    }
  )

  it.each([
    ['unanswered', 'unanswered'],
    ['closed', 'failed at every point'],
    ['other', 'answered with a strange status']
  ] as const)('is broken by a request that was %s in the end', (outcome, what) => {
    expect(findingsOf({ tallies: [{ atMs: 0, outcome, detail: '' }] })).toEqual({ [what]: 1 })
  })

  it('lets a stream end along with its node, and not without a cause', () => {
    windows.begin('node 1', 1000)(2000)

    const closes = [
      { node: 1, sentAtMs: 900, endedAtMs: 1100 },
      { node: 2, sentAtMs: 900, endedAtMs: 1100 },
      { node: 1, sentAtMs: 2100, endedAtMs: 2200 }
    ]

    expect(findingsOf({ closes })).toEqual({ 'ended without cause': 2 })
  })

  it('is broken by a late answer, unless that is the time without a core', () => {
    const lates = [{ node: 1, sentAtMs: 0, endedAtMs: 4500 }]

    expect(findingsOf({ lates }, 300)).toEqual({ 'answered late': 1 })
    expect(findingsOf({ lates }, 600)).toEqual({})
  })

  it('is broken by a forgery that was granted, or has no answer', () => {
    const forgeries = {
      "somebody else's record": { refused: 5, closed: 1 },
      'TTL too long': { refused: 5, granted: 2, unanswered: 1 }
    }

    expect(countFindings(forgeryFindings(forgeries))).toEqual({
      findings: { 'forgery granted': 2, 'forgery unanswered': 1 },
      examples: [
        ...['forgery granted: TTL too long', 'forgery granted: TTL too long'],
        'forgery unanswered: TTL too long'
      ]
    })
  })
})
