/**
 * The value that a share of counted ones does not exceed, by counts of how many are at most each upper bound.
 * Within the bounds it lies between it is told by a straight line, as Prometheus does.
 *
 * @param counts - by upper bound, the lowest first; each includes those before
 * @param share - in [0, 1]
 * @returns `undefined` where nothing was counted
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function quantile(
  counts: readonly (readonly [atMost: number, count: number])[],
  share: number
): number | undefined {
  const [, all = 0] = counts.at(-1) ?? []

  if (all === 0) {
    return undefined
  }

  const rank = share * all
  let [below, countBelow] = [0, 0]

  for (const [atMost, count] of counts) {
    if (count >= rank && count > countBelow) {
      return below + ((atMost - below) * (rank - countBelow)) / (count - countBelow)
    }

    ;[below, countBelow] = [atMost, count]
  }

  return below
}
