import type { LoadEvent } from './load-event.ts'
import type { ReplacementSignal } from './plan.ts'
import type { Absence, PeerKind } from './presence-checker.ts'
import { histogramOf, isSpread } from './spread.ts'

/** A stretch of the run: until the first replacement, or from one signal to the next. */
export interface Stretch {
  /** Absent before the first replacement. */
  replacement?: {
    signal: ReplacementSignal
    node: number
    peerId: string
    signalledAtMs: number
    endedAtMs: number
    servingAtMs: number
  }
  fromMs: number
  toMs: number
}

/** One look from outside at the whole namespace. */
export interface Observation {
  askedAtMs: number
  tookMs: number
  /** What was wrong; absent for an answer. */
  failure?: { reason: string; isUnanswered: boolean }
  absences: readonly Absence[]
}

export interface StretchFigures extends Stretch {
  /** On the wire. `closed`: no answer but the end of the stream, and then the caller's retry. */
  requests: Record<PeerKind, { answered: number; closed: number; unanswered: number }>
  discoveries: { sent: number; failed: number; slowestMs: number }
  registers: Record<PeerKind, { granted: number; failed: number }>
  /** For how long a process of the load stood still at most, for want of a processor. */
  longestStallMs: number
  /** Of Go peers whose own retry failed too. */
  goFailedAgain: number
  observations: {
    answered: number
    failed: number
    unanswered: number
    slowestMs: number
    longestGapMs: number
  }
  /** Times that a live registration was not in an answer. */
  missing: Record<PeerKind, number>
  /** Peers that were not in an answer because they had not refreshed in time, and for how long. */
  lapsed: Record<PeerKind, { peers: number; longestMs: number }>
  /** Connections to the replaced node that ended, and new ones to others, by parts of the drain. */
  closed: Record<PeerKind, number[]>
  reconnected: Record<PeerKind, number[]>
  /** New connections of our client within the fullest 100 ms. */
  reconnectsAtOnceMax: number
  /** What failed, each reason once. */
  reasons: string[]
}

export interface FiguresInit {
  stretches: readonly Stretch[]
  events: readonly LoadEvent[]
  observations: readonly Observation[]
  drainMs: number
}

const KINDS: readonly PeerKind[] = ['ours', 'go']

const AT_ONCE_MS = 100

/** Reasons told of one stretch. */
const REASONS_MAX = 5

/** What each stretch of the run has come to. */
export function figuresOf(init: FiguresInit): StretchFigures[] {
  const again = failedAgain(init.events)

  return init.stretches.map((stretch) => {
    const isWithin = (atMs: number): boolean => atMs >= stretch.fromMs && atMs < stretch.toMs
    const events = init.events.filter(({ atMs }) => isWithin(atMs))
    const observations = init.observations.filter(({ askedAtMs }) => isWithin(askedAtMs))

    return {
      ...stretch,
      ...requestFigures(events),
      ...observationFigures(stretch, observations),
      ...connectionFigures(stretch, events, init.drainMs),
      goFailedAgain: again.filter(({ atMs }) => isWithin(atMs)).length,
      reasons: reasonsOf(events, observations)
    }
  })
}

/** What has to be zero and is not, or is missing from the proof; nothing where all is well. */
export function brokenRequirements(figures: StretchFigures): string[] {
  const { requests, discoveries, registers, observations, missing, lapsed, reconnected } = figures
  const isKill = figures.replacement?.signal === 'SIGKILL'
  const unanswered = requests.ours.unanswered + requests.go.unanswered + observations.unanswered
  const hasToBeZero: Record<string, number> = {
    unanswered,
    'failed (our client)': discoveries.failed + registers.ours.failed,
    'failed (Go)': isKill ? 0 : figures.goFailedAgain,
    'missing (our client)': missing.ours,
    'missing (Go)': isKill ? 0 : missing.go,
    'lapsed (our client)': lapsed.ours.peers,
    'observations failed': observations.failed
  }
  const broken = Object.entries(hasToBeZero)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what}: ${count}`)

  if (figures.replacement?.signal === 'SIGTERM' && !isSpread(reconnected.ours)) {
    broken.push(`reconnects are not spread over the drain: ${reconnected.ours.join(', ')}`)
  }

  if (observations.answered === 0) {
    broken.push('nothing was observed')
  }

  return broken
}

type RequestFigures = Pick<
  StretchFigures,
  'requests' | 'discoveries' | 'registers' | 'longestStallMs'
>

function requestFigures(events: readonly LoadEvent[]): RequestFigures {
  const requests = byKind(() => ({ answered: 0, closed: 0, unanswered: 0 }))
  const registers = byKind(() => ({ granted: 0, failed: 0 }))
  const discoveries = { sent: 0, failed: 0, slowestMs: 0 }
  let longestStallMs = 0

  for (const event of events) {
    switch (event.event) {
      case 'requests':
        requests[event.kind].answered += event.answered
        requests[event.kind].closed += event.closed
        break
      case 'unanswered':
        requests[event.kind].unanswered++
        break
      case 'acknowledged':
        registers[event.kind].granted++
        break
      case 'register-failed':
        registers[event.kind].failed++
        break
      case 'discovered':
        discoveries.sent++
        discoveries.failed += event.reason == null ? 0 : 1
        discoveries.slowestMs = Math.max(discoveries.slowestMs, event.tookMs)
        break
      case 'stall':
        longestStallMs = Math.max(longestStallMs, event.tookMs)
        break
      case 'connection':
        break
      default:
        event satisfies never
    }
  }

  return { requests, registers, discoveries, longestStallMs }
}

type ObservationFigures = Pick<StretchFigures, 'observations' | 'missing' | 'lapsed'>

function observationFigures(
  { fromMs, toMs }: Stretch,
  observations: readonly Observation[]
): ObservationFigures {
  const failures = observations.flatMap(({ failure }) => failure ?? [])
  const answered = observations.filter(({ failure }) => failure == null)
  const times = [fromMs, ...answered.map(({ askedAtMs }) => askedAtMs), toMs]
  const missing = byKind(() => 0)
  const lapsed = byKind(() => new Map<string, { firstMs: number; lastMs: number }>())

  for (const { askedAtMs, absences } of answered) {
    for (const { peerId, kind, isMissing } of absences) {
      if (isMissing) {
        missing[kind]++
      } else {
        const { firstMs } = lapsed[kind].get(peerId) ?? { firstMs: askedAtMs }

        lapsed[kind].set(peerId, { firstMs, lastMs: askedAtMs })
      }
    }
  }

  return {
    observations: {
      answered: answered.length,
      failed: failures.filter(({ isUnanswered }) => !isUnanswered).length,
      unanswered: failures.filter(({ isUnanswered }) => isUnanswered).length,
      slowestMs: Math.max(0, ...answered.map(({ tookMs }) => tookMs)),
      longestGapMs: Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)))
    },
    missing,
    lapsed: byKind((kind) => ({
      peers: lapsed[kind].size,
      longestMs: Math.max(
        0,
        ...[...lapsed[kind].values()].map(({ firstMs, lastMs }) => lastMs - firstMs)
      )
    }))
  }
}

type ConnectionFigures = Pick<StretchFigures, 'closed' | 'reconnected' | 'reconnectsAtOnceMax'>

function connectionFigures(
  { replacement, fromMs }: Stretch,
  events: readonly LoadEvent[],
  drainMs: number
): ConnectionFigures {
  const timesOf = (kind: PeerKind, what: 'opened' | 'closed'): number[] =>
    events
      .filter((event) => event.event === 'connection' && event.kind === kind && event.what === what)
      // To the successor of the replaced node nobody goes because of the drain.
      .filter((event) => {
        const isReplaced = (event as { point: string }).point === replacement?.peerId

        return what === 'closed' ? isReplaced : !isReplaced
      })
      .map(({ atMs }) => atMs)
  const histogram = (times: readonly number[]): number[] =>
    histogramOf(times, { fromMs, lengthMs: drainMs })

  return {
    closed: byKind((kind) => histogram(timesOf(kind, 'closed'))),
    reconnected: byKind((kind) => histogram(timesOf(kind, 'opened'))),
    reconnectsAtOnceMax: mostWithin(timesOf('ours', 'opened'), AT_ONCE_MS)
  }
}

/** Go peers of which two REGISTERs in a row have failed: the second was the retry of the first. */
function failedAgain(events: readonly LoadEvent[]): LoadEvent[] {
  const failed = new Set<string>()

  return events.filter((event) => {
    if (event.event === 'acknowledged') {
      failed.delete(event.peerId)
    }

    if (event.event !== 'register-failed' || event.kind !== 'go') {
      return false
    }

    const isAgain = failed.has(event.peerId)

    failed.add(event.peerId)

    return isAgain
  })
}

function mostWithin(timesMs: readonly number[], lengthMs: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b)

  return Math.max(
    0,
    ...sorted.map((from, index) => sorted.slice(index).filter((at) => at < from + lengthMs).length)
  )
}

function reasonsOf(events: readonly LoadEvent[], observations: readonly Observation[]): string[] {
  const reasons = [
    ...events.flatMap((event) => {
      switch (event.event) {
        case 'register-failed':
          return event.kind === 'ours' ? `REGISTER: ${event.reason}` : []
        case 'discovered':
          return event.reason == null ? [] : `DISCOVER: ${event.reason}`
        default:
          return []
      }
    }),
    ...observations.flatMap(({ failure }) => (failure == null ? [] : `observer: ${failure.reason}`))
  ]

  return [...new Set(reasons.map(withoutIds))].slice(0, REASONS_MAX)
}

/** All nodes are at one host: their ports tell them apart. */
function withoutIds(reason: string): string {
  return reason.replaceAll(/\/ip4\/[^/]+\/tcp\/(\d+)\/p2p\/\w+/g, 'port $1')
}

function byKind<T>(of: (kind: PeerKind) => T): Record<PeerKind, T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Record<PeerKind, T>
}
