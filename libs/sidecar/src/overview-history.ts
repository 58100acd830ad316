import type { ClusterOverview } from './cluster-overview.ts'

/** A moment in the history of a cluster. */
export type OverviewMoment = Pick<
  ClusterOverview,
  'atMs' | 'registrations' | 'namespaces' | 'connections' | 'requestsPerSecond' | 'p50Ms' | 'p99Ms'
>

/** Moments that are kept: half an hour at one in three seconds. */
export const MOMENTS_MAX = 600

/** What a cluster was like in the last half hour, as one of its nodes has seen it. */
export class OverviewHistory {
  readonly #moments: OverviewMoment[] = []

  /** The oldest first. */
  get moments(): readonly OverviewMoment[] {
    return this.#moments
  }

  /** Keeps the totals of an overview, without its nodes, and forgets the oldest of more than 600. */
  add(overview: ClusterOverview): void {
    const { atMs, registrations, namespaces, connections, requestsPerSecond, p50Ms, p99Ms } =
      overview

    this.#moments.push({
      atMs,
      registrations,
      namespaces,
      connections,
      requestsPerSecond,
      p50Ms,
      p99Ms
    })

    if (this.#moments.length > MOMENTS_MAX) {
      this.#moments.shift()
    }
  }
}
