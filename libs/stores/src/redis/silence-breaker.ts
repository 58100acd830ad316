/** Timeouts in a row after which a server counts as silent. */
const TIMEOUTS_MAX = 5

/** A timeout of a server that has answered nothing for so long counts for all of them. */
const SILENCE_MS = 1000

/** While a server is silent, one command in this time finds out whether it still is. */
const PROBE_INTERVAL_MS = 200

/** A server is silent: nothing was sent to it. */
export class SilentServerError extends Error {
  override name = 'SilentServerError'

  constructor() {
    super('Redis has stopped answering: not asked again yet')
  }
}

/**
 * Keeps commands from a server that has stopped answering, so that requests fail at once instead
 * of after a timeout each. Probes are requests as well, and nobody waits for another's probe.
 */
export class SilenceBreaker {
  readonly #now: () => number
  #answeredAtMs = Number.NEGATIVE_INFINITY
  #probedAtMs = 0
  #timeouts = 0
  #isSilent = false

  /** @param now - a steady clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /** @throws SilentServerError unless a command may be sent now */
  assertMaySend(): void {
    if (!this.#isSilent) {
      return
    }

    if (this.#now() - this.#probedAtMs < PROBE_INTERVAL_MS) {
      throw new SilentServerError()
    }

    this.#probedAtMs = this.#now()
  }

  /** The server answered, be it with an error. */
  answered(): void {
    this.#answeredAtMs = this.#now()
    this.#timeouts = 0
    this.#isSilent = false
  }

  /** A command got no answer in time. */
  timedOut(): void {
    this.#timeouts++

    if (this.#timeouts >= TIMEOUTS_MAX || this.#now() - this.#answeredAtMs >= SILENCE_MS) {
      this.#isSilent = true
      this.#probedAtMs = this.#now()
    }
  }
}
