import { median } from '../../../test/support/median.ts'
import type { ServerResult } from './run-peers.ts'
import { goSeed, rust, stock } from './servers/peer-servers.ts'

/** What ours is to cost, beside another server in the same run. */
interface Target {
  what: string
  live: number
  /** Ours over the other, of each round. */
  ratios: (ours: ServerResult, other: ServerResult) => number[]
  /** At most, by the other's name. */
  max: Readonly<Record<string, number>>
}

/** Ours with Redis, in the dialect that the other speaks. */
const WITH_REDIS: Readonly<Record<string, string>> = {
  [goSeed.name]: 'ours, Redis, waku',
  [rust.name]: 'ours, Redis, libp2p'
}

/** Which of ours is held against another: that of js-libp2p has its registrations in memory too. */
const OURS: Readonly<Record<string, string>> = {
  ...WITH_REDIS,
  [stock.name]: 'ours, memory, libp2p'
}

/** Of this many times as many live registrations an operation may take so much more time in the node. */
const FLAT = { from: 1000, max: 1.5 }

const TARGETS: readonly Target[] = [
  target('refresh', 1000, besideGoAndRust(1, 1.2)),
  target('refresh', 100_000, besideGoAndRust(0.1, 0.1)),
  target('discover 50', 1000, besideGoAndRust(0.2, 0.5)),
  target('discover 50', 100_000, besideGoAndRust(0.05, 0.01)),
  target('discover 1000', 100_000, besideGoAndRust(0.1, 0.2)),
  target('connect', 1000, { ...besideGoAndRust(1.5, 2), [stock.name]: 1 / 3.5 }),
  {
    what: 'memory of an idle connection',
    live: 1000,
    ratios: (ours, other) =>
      ours.idle == null || other.idle == null ? [] : [ours.idle.kibEach / other.idle.kibEach],
    max: besideGoAndRust(1, 1.5)
  }
]

/** What ours is to keep by itself. */
const BOUNDS: readonly Bound[] = [
  {
    what: 'memory of an idle connection',
    unit: 'KiB',
    max: 60,
    values: ({ idle }) => (idle == null ? [] : [idle.kibEach])
  },
  {
    what: 'time of an idle connection',
    unit: 'µs/s',
    max: 0.5,
    values: ({ idle }) => (idle == null ? [] : [idle.usPerSecondEach])
  },
  {
    what: 'p99 of REGISTER at half of the most',
    unit: 'ms',
    max: 10,
    values: ({ operations }) => (operations['refresh at half load'] ?? []).map(({ p99 }) => p99)
  }
]

/** A bound in figures of this machine. */
interface Bound {
  what: string
  unit: string
  max: number
  values: (ours: ServerResult) => number[]
}

export interface BoundVerdict {
  what: string
  live: number
  server: string
  value: number
  unit: string
  max: number
  holds: boolean
}

/** Of ours with Redis: what each is to keep by itself, and whether it does. */
export function boundVerdicts(results: readonly ServerResult[]): BoundVerdict[] {
  const ours = results.filter(({ server }) => Object.values(WITH_REDIS).includes(server))

  return BOUNDS.flatMap(({ what, unit, max, values }) =>
    ours.flatMap((result) => {
      const measured = values(result)
      const value = median(measured)

      return measured.length === 0
        ? []
        : [
            {
              what,
              live: result.live,
              server: result.server,
              value,
              unit,
              max,
              holds: value <= max
            }
          ]
    })
  )
}

/** A target, and whether it holds. */
export interface Verdict {
  what: string
  live: number
  other: string
  ratio: number
  max: number
  holds: boolean
}

/** Of all that was measured, also how flat ours is. */
export function verdicts(results: readonly ServerResult[]): Verdict[] {
  return [...besideOthers(results), ...flatness(results)]
}

function besideOthers(results: readonly ServerResult[]): Verdict[] {
  return TARGETS.flatMap(({ what, live, ratios, max }) =>
    Object.entries(max).flatMap(([name, most]) => {
      const ours = results.find((each) => each.server === OURS[name] && each.live === live)
      const other = results.find((each) => each.server === name && each.live === live)
      const measured = ours == null || other == null ? [] : ratios(ours, other)

      return measured.length === 0
        ? []
        : [verdict({ what, live, other: name, max: most }, measured)]
    })
  )
}

function flatness(results: readonly ServerResult[]): Verdict[] {
  return Object.values(WITH_REDIS).flatMap((server) => {
    const mine = results.filter((each) => each.server === server)
    const few = mine.find(({ live }) => live === FLAT.from)
    const most = mine.toSorted((a, b) => b.live - a.live)[0]

    if (few == null || most == null || most === few) {
      return []
    }

    // With more, it may not have been measured to the end.
    return Object.keys(most.operations).flatMap((what) => {
      const ratio = medianUs(most, what) / medianUs(few, what)

      return Number.isFinite(ratio)
        ? [verdict({ what, live: most.live, other: `${server}, 1,000`, max: FLAT.max }, [ratio])]
        : []
    })
  })
}

function target(operation: string, live: number, max: Target['max']): Target {
  return {
    what: operation,
    live,
    ratios: (ours, other) =>
      (ours.operations[operation] ?? []).flatMap(({ serverUs }, round) => {
        const theirs = other.operations[operation]?.[round]

        return theirs == null || theirs.operations === 0 ? [] : [serverUs / theirs.serverUs]
      }),
    max
  }
}

function besideGoAndRust(go: number, ofRust: number): Target['max'] {
  return { [goSeed.name]: go, [rust.name]: ofRust }
}

function verdict(of: Omit<Verdict, 'ratio' | 'holds'>, ratios: readonly number[]): Verdict {
  const ratio = median(ratios)

  return { ...of, ratio, holds: ratio <= of.max }
}

function medianUs({ operations }: ServerResult, operation: string): number {
  return median((operations[operation] ?? []).map(({ serverUs }) => serverUs))
}
