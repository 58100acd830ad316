/** Into how many parts the time of a drain is divided. */
export const PARTS = 10

/** With fewer it says nothing how they are spread. */
const EVENTS_MIN = 20

/** Most of all events that one part of the time may have. */
const SHARE_MAX = 1 / 3

/** How many events fall into each part of a stretch of time, and after it: one number more. */
export function histogramOf(
  timesMs: readonly number[],
  { fromMs, lengthMs }: { fromMs: number; lengthMs: number }
): number[] {
  const counts = Array.from({ length: PARTS + 1 }, () => 0)

  for (const timeMs of timesMs) {
    const part = Math.floor(((timeMs - fromMs) / lengthMs) * PARTS)
    const index = Math.min(Math.max(part, 0), PARTS)

    counts[index] = (counts[index] ?? 0) + 1
  }

  return counts
}

/** Whether no part of the time has more than a third of all events. */
export function isSpread(histogram: readonly number[]): boolean {
  const total = histogram.reduce((sum, count) => sum + count, 0)

  return total < EVENTS_MIN || Math.max(...histogram) <= total * SHARE_MAX
}
