import type { NodeFigures } from '@rendezvous-cluster/rendezvous'

/** What a node has counted since it started. */
export type NodeTotals = Omit<NodeFigures, 'seconds'>

/** How many beats of a node's announcements figures are of. */
const BEATS = 4

interface Beat {
  atMs: number
  totals: NodeTotals
}

/** Figures of the last few beats, from what was counted since the start. */
export class FiguresWindow {
  readonly #beats: Beat[] = []

  /**
   * Takes in a beat, and tells what has happened since the fourth one before it, or since the first. At the
   * first one that is nothing: 0 seconds, and connections and streams alone.
   *
   * @param totals - at this beat
   * @param nowMs - of a steady clock
   */
  add(totals: NodeTotals, nowMs: number): NodeFigures {
    this.#beats.push({ atMs: nowMs, totals })

    if (this.#beats.length > BEATS + 1) {
      this.#beats.shift()
    }

    const { atMs, totals: before } = this.#beats[0] as Beat
    const { connections, streams } = totals

    return {
      seconds: (nowMs - atMs) / 1000,
      connections,
      streams,
      requests: since(totals.requests, before.requests, ({ protocol, type, status }) =>
        [protocol, type, status].join()
      ),
      durations: boundsSince(totals.durations, before.durations),
      rejected: since(totals.rejected, before.rejected, ({ reason }) => reason),
      storeDurations: boundsSince(totals.storeDurations, before.storeDurations),
      storeOperations: totals.storeOperations - before.storeOperations,
      storeErrors: since(totals.storeErrors, before.storeErrors, ({ kind }) => kind)
    }
  }
}

function boundsSince(
  now: NodeTotals['durations'],
  before: NodeTotals['durations']
): NodeTotals['durations'] {
  return now.map(([atMostSeconds, count], index) => [
    atMostSeconds,
    count - (before[index]?.[1] ?? 0)
  ])
}

/** What has been counted in between; without what has not. */
function since<T extends { count: number }>(
  now: readonly T[],
  before: readonly T[],
  keyOf: (counted: T) => string
): T[] {
  const counts = new Map(before.map((counted) => [keyOf(counted), counted.count]))

  return now
    .map((counted) => ({ ...counted, count: counted.count - (counts.get(keyOf(counted)) ?? 0) }))
    .filter(({ count }) => count > 0)
}
