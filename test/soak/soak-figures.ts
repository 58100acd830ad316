import {
  fittedFromMs,
  fittedPart,
  growthOf,
  growthPercentMax,
  isTooMuch,
  type LineGrowth,
  type Point
} from './growth.ts'
import type { NodeSample, Sample } from './sampler.ts'

/** From the end of a fault until what it has left behind is gone again, in milliseconds. */
const AFTERMATH_MS = 20_000

/** Redis keeps what a peer has reserved for five minutes: their number rises for that long. */
const KEYS_LEVEL_AFTER_MS = 6 * 60_000

/** What must not grow, of each front node. Resident memory is told, and is V8's own affair. */
const OF_NODES = {
  heap: 'heapBytes',
  sockets: 'sockets',
  handles: 'handles'
} as const satisfies Record<string, keyof NodeSample>

interface Stretch {
  fromMs: number
  toMs: number
}

/** A fault of Redis while it lasted. */
export interface SoakFault extends Stretch {
  name: string
}

/** How much something has grown. */
export interface Growth extends LineGrowth {
  /** Such as `heap of node 1`. */
  what: string
  /** From here on it is too much. Absent where it has not levelled off before what is fitted. */
  percentMax?: number
  isTooMuch: boolean
  /** How many values were fitted. */
  points: number
}

/**
 * Samples that can be compared with each other: neither during a fault nor right after it, when there
 * are fewer registrations, or connections to a new primary beside those to the old one.
 */
export function calmSamples(samples: readonly Sample[], faults: readonly SoakFault[]): Sample[] {
  return samples.filter(
    ({ atMs }) => !faults.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs + AFTERMATH_MS)
  )
}

/** @param run - the whole of it: a part of that is fitted */
export function growthsOf(
  samples: readonly Sample[],
  faults: readonly SoakFault[],
  run: Stretch
): Growth[] {
  const fitted = fittedPart(calmSamples(samples, faults), run)
  const nodes = samples[0]?.nodes.length ?? 0
  const ofNodes = Array.from({ length: nodes }, (_, node) =>
    Object.entries(OF_NODES).map(([name, key]) => ({
      what: `${name} of node ${node}`,
      points: fitted.map(({ atMs, nodes }) => ({ atMs, value: nodes[node]?.[key] ?? 0 }))
    }))
  ).flat()
  const ofRedis = {
    what: 'keys of Redis',
    points: fitted.flatMap(({ atMs, redisKeys }): Point[] =>
      redisKeys == null ? [] : [{ atMs, value: redisKeys }]
    )
  }

  const percentMax = growthPercentMax(run)
  const areKeysLevel = fittedFromMs(run) - run.fromMs >= KEYS_LEVEL_AFTER_MS

  return [...ofNodes, ofRedis].map(({ what, points }) => {
    const growth = growthOf(points)
    const isJudged = what !== ofRedis.what || areKeysLevel

    return {
      what,
      ...growth,
      percentMax: isJudged ? percentMax : undefined,
      isTooMuch: isJudged && isTooMuch(growth, percentMax),
      points: points.length
    }
  })
}
