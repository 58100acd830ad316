import { linearRegression, linearRegressionLine, sumNthPowerDeviations } from 'simple-statistics'

/** A value at a time. */
export interface Point {
  atMs: number
  value: number
}

/** What is fitted of the whole: values level off before. */
const FITTED_SHARE = 2 / 3

const TEN_MINUTES_MS = 10 * 60 * 1000

/** Growth that is too much, in percent of ten minutes. */
const GROWTH_PERCENT_MAX = 2

/** From this length of the fitted part on; it is 20 of 30 minutes. */
const FITTED_MS_FULL = 20 * 60 * 1000

/** When the last two thirds of the time begin. */
export function fittedFromMs({ fromMs, toMs }: { fromMs: number; toMs: number }): number {
  return toMs - (toMs - fromMs) * FITTED_SHARE
}

/** What is fitted: those of the last two thirds of the time. */
export function fittedPart<T extends { atMs: number }>(
  samples: readonly T[],
  run: { fromMs: number; toMs: number }
): T[] {
  const sinceMs = fittedFromMs(run)

  return samples.filter(({ atMs }) => atMs >= sinceMs && atMs <= run.toMs)
}

/** Along the line of least squares, in percent of where that begins, per ten minutes. */
export interface LineGrowth {
  percent: number
  /** Twice its standard error: with less growth than that it may as well be none. */
  uncertaintyPercent: number
}

/** @throws RangeError for fewer than three points, which say nothing */
export function growthOf(points: readonly Point[]): LineGrowth {
  const [first] = points

  if (first == null || points.length < 3) {
    throw new RangeError(`a line through ${points.length} points says nothing`)
  }

  const slope = linearRegression(points.map(({ atMs, value }) => [atMs, value]))
  const line = linearRegressionLine(slope)
  const residues = points.map(({ atMs, value }) => (value - line(atMs)) ** 2)
  const variance = residues.reduce((sum, residue) => sum + residue) / (points.length - 2)
  const spreadMs = sumNthPowerDeviations(
    points.map(({ atMs }) => atMs),
    2
  )
  const toPercent = (perMs: number): number =>
    perMs === 0 ? 0 : ((perMs * TEN_MINUTES_MS) / line(first.atMs)) * 100

  return {
    percent: toPercent(slope.m),
    uncertaintyPercent: toPercent(2 * Math.sqrt(variance / spreadMs))
  }
}

/** Too much, and not by chance. */
export function isTooMuch(
  { percent, uncertaintyPercent }: LineGrowth,
  percentMax: number
): boolean {
  return !(percent < percentMax) && !(percent <= uncertaintyPercent)
}

/**
 * The growth from which on a run fails. A run shorter than half an hour is allowed more: the standard
 * error of a line goes with the power of 3/2 of how short it is.
 */
export function growthPercentMax({ fromMs, toMs }: { fromMs: number; toMs: number }): number {
  const fittedMs = (toMs - fromMs) * FITTED_SHARE

  return GROWTH_PERCENT_MAX * Math.max(1, FITTED_MS_FULL / fittedMs) ** 1.5
}
