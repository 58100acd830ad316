/** An observation older than this yields to any newer one: clocks drift, and are set. */
const OBSERVATION_MS_MAX = 10_000

/**
 * What time it is in Redis, told from its answers. An answer fixes the difference between both
 * clocks to within the time it took; the narrowest recent one is kept.
 */
export class RedisClock {
  readonly #now: () => number
  #observed?: { atMs: number; earliestOffsetMs: number; latestOffsetMs: number }

  /** @param now - a steady local clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  get isKnown(): boolean {
    return this.#observed != null
  }

  /** The local clock, to be read right before a command is sent. */
  local(): number {
    return this.#now()
  }

  /**
   * @param redisMs - Redis's time while it ran the command
   * @param sentAtMs - {@link local} when the command was sent
   */
  observe(redisMs: number, sentAtMs: number): void {
    const atMs = this.#now()
    const earliestOffsetMs = redisMs - atMs
    // Redis cuts its microseconds off.
    const latestOffsetMs = redisMs + 1 - sentAtMs
    const known = this.#observed

    const isBetter =
      known == null ||
      atMs - known.atMs > OBSERVATION_MS_MAX ||
      latestOffsetMs - earliestOffsetMs <= known.latestOffsetMs - known.earliestOffsetMs ||
      // The two can't both be right: one of the clocks was set, or another server answers.
      earliestOffsetMs > known.latestOffsetMs ||
      latestOffsetMs < known.earliestOffsetMs

    if (isBetter) {
      this.#observed = { atMs, earliestOffsetMs, latestOffsetMs }
    }
  }

  /** Redis's clock reads at least this. For deadlines: they then end early rather than late. */
  earliest(): number {
    return this.#now() + this.#known.earliestOffsetMs
  }

  /** Redis's clock reads at most this. For expiry: nothing is then returned too late. */
  latest(): number {
    return this.#now() + this.#known.latestOffsetMs
  }

  get #known() {
    if (this.#observed == null) {
      throw new Error('no answer from Redis yet')
    }

    return this.#observed
  }
}
