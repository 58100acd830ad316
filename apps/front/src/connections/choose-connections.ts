/** A connection that could be ended, and what speaks for it. */
export interface Dispensable {
  /** When it was used last, in milliseconds of a steady clock. */
  usedAtMs: number
  /** Whether a registration that was made through it is live. */
  isLive: boolean
  /** The IP network it comes from; `undefined` for one that is held to no limit. */
  network?: string
}

/**
 * Chooses connections to end where there are too many: those that are idle and without a live
 * registration, the one first that was not used for longest; then those of the network that has
 * most, down to one each, again the longest unused of it first.
 *
 * @param idleSinceMs - one that was not used since then is idle
 * @returns at most `count`, fewer where no more can be spared
 */
export function chooseConnections<T extends Dispensable>(
  candidates: readonly T[],
  count: number,
  idleSinceMs: number
): T[] {
  const idle = candidates
    .filter(({ isLive, usedAtMs }) => !isLive && usedAtMs <= idleSinceMs)
    .sort(byNeed)
    .slice(0, count)
  const chosen = new Set(idle)
  const others = candidates.filter((candidate) => !chosen.has(candidate))

  return [...idle, ...ofBiggestNetworks(others, count - idle.length)]
}

function ofBiggestNetworks<T extends Dispensable>(candidates: readonly T[], count: number): T[] {
  const networks = Map.groupBy(candidates, ({ network }) => network)

  networks.delete(undefined)

  return [...networks.values()]
    .flatMap((ofNetwork) =>
      ofNetwork.sort(byNeed).map((candidate, index) => ({
        candidate,
        // How many the network still has when it is this one's turn.
        left: ofNetwork.length - index
      }))
    )
    .filter(({ left }) => left > 1)
    .sort((a, b) => b.left - a.left)
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** The one that is needed least first. */
function byNeed(a: Dispensable, b: Dispensable): number {
  return Number(a.isLive) - Number(b.isLive) || a.usedAtMs - b.usedAtMs
}
