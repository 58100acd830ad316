/** Refusals within {@link STREAM_WINDOW_MS} after which a stream is reset. */
const STREAM_REFUSALS_MAX = 3
const STREAM_WINDOW_MS = 1000

/** Refusals within {@link CONNECTION_WINDOW_MS} after which a connection is ended. */
const CONNECTION_REFUSALS_MAX = 100
const CONNECTION_WINDOW_MS = 10_000

/** What follows the answer to a refused request. */
export type AfterRefusal = 'go-on' | 'reset-stream' | 'end-connection'

/** What one connection was refused lately: a peer that does not listen is cut off. */
export class Refusals {
  /** When, as many of the latest as count. */
  readonly #timesMs: number[] = []

  /** @param nowMs - of a steady clock */
  add(nowMs: number): AfterRefusal {
    const times = this.#timesMs

    times.push(nowMs)

    if (times.length > CONNECTION_REFUSALS_MAX) {
      times.shift()
    }

    if (this.#areWithin(CONNECTION_REFUSALS_MAX, nowMs - CONNECTION_WINDOW_MS)) {
      return 'end-connection'
    }

    return this.#areWithin(STREAM_REFUSALS_MAX, nowMs - STREAM_WINDOW_MS) ? 'reset-stream' : 'go-on'
  }

  #areWithin(count: number, sinceMs: number): boolean {
    const first = this.#timesMs.at(-count)

    return first != null && first > sinceMs
  }
}
