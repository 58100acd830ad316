import { shuffled } from '../shuffled.ts'
import type { Point, PointOrder } from './point.ts'

/** Points that trusted ones may name, at most. */
export const LEARNED_POINTS_MAX = 16

/** How long a point that failed is left alone: doubled with every failure in a row. */
const BACKOFF_MS_MIN = 1000
const BACKOFF_MS_MAX = 60_000

export interface PointListInit {
  configured: readonly Point[]
  /** Default `random`. */
  order?: PointOrder
  now: () => number
  random: () => number
}

/** The points there are, and in which order they are asked. */
export class PointList {
  readonly #configured: readonly Point[]
  readonly #order: PointOrder
  readonly #now: () => number
  readonly #random: () => number
  /** By the point that named them: one says nothing of what another one's cluster has. */
  readonly #named = new Map<Point, readonly Point[]>()
  #learned: readonly Point[] = []

  constructor({ configured, order = 'random', now, random }: PointListInit) {
    this.#configured = configured
    this.#order = order
    this.#now = now
    this.#random = random
  }

  get all(): readonly Point[] {
    return [...this.#configured, ...this.#learned]
  }

  /**
   * Whom to ask one after the other: those that have not failed lately, as a rule in random order so
   * that clients spread, and the application's own before those they named. Where all have failed,
   * the one that may be asked again first.
   *
   * @param taken - points not to ask: others have them
   */
  inOrder(taken: readonly Point[] = []): Point[] {
    const nowMs = this.#now()
    const isFree = ({ key }: Point): boolean => !taken.some((other) => other.key === key)
    const isUsable = (point: Point): boolean => isFree(point) && point.retryAtMs <= nowMs
    const configured = this.#configured.filter(isUsable)
    const usable = [
      ...(this.#order === 'given' ? configured : shuffled(configured, this.#random)),
      ...shuffled(this.#learned.filter(isUsable), this.#random)
    ]

    return usable.length > 0
      ? usable
      : this.all
          .filter(isFree)
          .sort((a, b) => a.retryAtMs - b.retryAtMs)
          .slice(0, 1)
  }

  succeeded(point: Point): void {
    point.failures = 0
    point.retryAtMs = 0
  }

  /** It is left alone for a second, then two, up to a minute, each time give or take a quarter. */
  failed(point: Point, error: Error): void {
    const backoffMs = Math.min(BACKOFF_MS_MIN * 2 ** point.failures, BACKOFF_MS_MAX)

    point.failures++
    point.retryAtMs = this.#now() + backoffMs * (0.75 + this.#random() / 2)
    point.lastError = error
    // It may come back as another version.
    point.dialect = undefined
    point.recordKind = undefined
  }

  /**
   * Takes the place of what the same point has named before; what is known of points that stay is kept.
   *
   * @param by - who has named them
   */
  learn(by: Point, points: readonly Point[]): void {
    const configured = new Set(this.#configured.map(({ key }) => key))
    const known = new Map(this.#learned.map((point) => [point.key, point]))
    const named = points
      .filter(({ key }) => !configured.has(key))
      .slice(0, LEARNED_POINTS_MAX)
      .map((point) => {
        const before = known.get(point.key)

        return before == null ? point : Object.assign(before, { multiaddrs: point.multiaddrs })
      })

    this.#named.set(by, named)

    // Nodes of one cluster name the same.
    const all = new Map([...this.#named.values()].flat().map((point) => [point.key, point]))

    this.#learned = [...all.values()].slice(0, LEARNED_POINTS_MAX)
  }
}
