import { describe, expect, it } from 'vitest'
import {
  brokenRequirements,
  figuresOf,
  type Observation,
  type Stretch,
  type StretchFigures
} from './figures.ts'
import type { LoadEvent } from './load-event.ts'
import type { ReplacementSignal } from './plan.ts'

const SEEN: Observation = { askedAtMs: 1500, tookMs: 5, absences: [] }

describe('the figures of a rolling restart', () => {
  it('count for the stretch in which they happen', () => {
    const events = [1999, 2000].map((atMs): LoadEvent => ({ event: 'discovered', tookMs: 5, atMs }))
    const stretches = [
      { fromMs: 1000, toMs: 2000 },
      { fromMs: 2000, toMs: 3000 }
    ]
    const figures = figuresOf({ stretches, events, observations: [], drainMs: 1000 })

    expect(figures.map(({ discoveries }) => discoveries.sent)).toEqual([1, 1])
  })

  it('tell how long nobody looked', () => {
    const observations = [1100, 1200, 1900].map((askedAtMs) => ({
      askedAtMs,
      tookMs: 5,
      absences: []
    }))

    expect(figuresAfter('SIGTERM', [], observations).observations).toEqual({
      answered: 3,
      failed: 0,
      unanswered: 0,
      slowestMs: 5,
      longestGapMs: 700
    })
  })

  it('tell how long a peer had lapsed', () => {
    const absences = [{ peerId: 'a', kind: 'go', isMissing: false }] as const
    const observations = [1100, 1200, 1900].map((askedAtMs) => ({ askedAtMs, tookMs: 5, absences }))

    expect(figuresAfter('SIGTERM', [], observations).lapsed.go).toEqual({
      peers: 1,
      longestMs: 800
    })
  })

  it('count reconnects to the nodes that stay, by parts of the drain', () => {
    const connection = { event: 'connection', kind: 'ours' } as const
    const { closed, reconnected, reconnectsAtOnceMax } = figuresAfter('SIGTERM', [
      { ...connection, what: 'closed', point: 'replaced', atMs: 1150 },
      { ...connection, what: 'opened', point: 'other', atMs: 1250 },
      { ...connection, what: 'opened', point: 'other', atMs: 1260 },
      { ...connection, what: 'opened', point: 'replaced', atMs: 1270 }
    ])

    expect(closed.ours).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(reconnected.ours).toEqual([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(reconnectsAtOnceMax).toBe(2)
  })
})

describe('what a rolling restart requires', () => {
  it('is met where all was answered and everybody was seen', () => {
    expect(brokenRequirements(figuresAfter('SIGTERM', []))).toEqual([])
  })

  it('is broken by a request without an answer, by whatever client', () => {
    for (const kind of ['ours', 'go'] as const) {
      const events: LoadEvent[] = [{ event: 'unanswered', kind, tookMs: 4001, atMs: 1500 }]

      expect(brokenRequirements(figuresAfter('SIGKILL', events))).toEqual(['unanswered: 1'])
    }
  })

  it('is not broken by a stream that ended, since the caller asks again', () => {
    const events: LoadEvent[] = [
      { event: 'requests', kind: 'ours', answered: 5, closed: 2, atMs: 1500 }
    ]

    expect(brokenRequirements(figuresAfter('SIGKILL', events))).toEqual([])
  })

  it('is broken by a request of our client that failed at every point', () => {
    const reason = 'no rendezvous point answered'
    const events: LoadEvent[] = [
      { event: 'discovered', tookMs: 5, reason, atMs: 1500 },
      { event: 'register-failed', kind: 'ours', peerId: 'a', reason, atMs: 1500 }
    ]

    expect(brokenRequirements(figuresAfter('SIGKILL', events))).toEqual(['failed (our client): 2'])
  })

  it('is broken by the retry of a Go peer that failed too, where a node was drained', () => {
    const failed = { event: 'register-failed', kind: 'go', peerId: 'a', reason: '' } as const
    const events: LoadEvent[] = [
      { ...failed, atMs: 1100 },
      { ...failed, atMs: 1200 }
    ]

    expect(brokenRequirements(figuresAfter('SIGTERM', events.slice(1)))).toEqual([])
    expect(brokenRequirements(figuresAfter('SIGTERM', events))).toEqual(['failed (Go): 1'])
    expect(brokenRequirements(figuresAfter('SIGKILL', events))).toEqual([])
  })

  it('is broken by a live registration that was not found', () => {
    const missingAt = (kind: 'ours' | 'go'): Observation => ({
      askedAtMs: 1500,
      tookMs: 5,
      absences: [{ peerId: 'a', kind, isMissing: true }]
    })
    const brokenBy = (signal: ReplacementSignal, kind: 'ours' | 'go') =>
      brokenRequirements(figuresAfter(signal, [], [missingAt(kind)]))

    expect(brokenBy('SIGTERM', 'ours')).toEqual(['missing (our client): 1'])
    expect(brokenBy('SIGTERM', 'go')).toEqual(['missing (Go): 1'])
    expect(brokenBy('SIGKILL', 'ours')).toEqual(['missing (our client): 1'])
    expect(brokenBy('SIGKILL', 'go')).toEqual([])
  })

  it('is broken by our client where it lets a registration lapse', () => {
    const absences = [{ peerId: 'a', kind: 'ours', isMissing: false }] as const

    expect(
      brokenRequirements(figuresAfter('SIGKILL', [], [{ askedAtMs: 1500, tookMs: 5, absences }]))
    ).toEqual(['lapsed (our client): 1'])
  })

  it('is broken where nobody looked, or looked in vain', () => {
    const failure = { reason: 'no answer', isUnanswered: false }

    expect(brokenRequirements(figuresAfter('SIGKILL', [], []))).toEqual(['nothing was observed'])
    expect(
      brokenRequirements(
        figuresAfter('SIGKILL', [], [SEEN, { askedAtMs: 1600, tookMs: 5, failure, absences: [] }])
      )
    ).toEqual(['observations failed: 1'])
  })

  it('is broken by a drain that sends all away at once', () => {
    const events = Array.from(
      { length: 30 },
      (): LoadEvent => ({
        event: 'connection',
        kind: 'ours',
        what: 'opened',
        point: 'other',
        atMs: 1500
      })
    )

    expect(brokenRequirements(figuresAfter('SIGTERM', events))).toEqual([
      'reconnects are not spread over the drain: 0, 0, 0, 0, 0, 30, 0, 0, 0, 0, 0'
    ])
    expect(brokenRequirements(figuresAfter('SIGKILL', events))).toEqual([])
  })
})

/** Of one replacement from 1000 to 2000 ms. */
function figuresAfter(
  signal: ReplacementSignal,
  events: LoadEvent[],
  observations: Observation[] = [SEEN]
): StretchFigures {
  const times = { signalledAtMs: 1000, endedAtMs: 1600, servingAtMs: 1700 }
  const stretch: Stretch = {
    replacement: { signal, node: 0, peerId: 'replaced', ...times },
    fromMs: 1000,
    toMs: 2000
  }

  return figuresOf({
    stretches: [stretch],
    events,
    observations,
    drainMs: 1000
  })[0] as StretchFigures
}
