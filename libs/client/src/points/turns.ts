import { raceSignal } from 'race-signal'

/** Lets so many go at a time, the others in the order in which they came. */
export class Turns {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(atOnceMax: number) {
    this.#free = atOnceMax
  }

  /**
   * Waits for a turn.
   *
   * @returns what ends it
   * @throws the signal's reason once it is aborted
   */
  async next(signal: AbortSignal | undefined): Promise<() => void> {
    signal?.throwIfAborted()

    if (this.#free > 0) {
      this.#free--
    } else {
      const { promise, resolve } = Promise.withResolvers<void>()

      this.#waiting.add(resolve)
      await raceSignal(promise, signal).catch((error: unknown) => {
        // Where it has been called at the same moment, the turn is the next one's.
        if (!this.#waiting.delete(resolve)) {
          this.#end()
        }

        throw error
      })
    }

    return () => this.#end()
  }

  #end(): void {
    const [first] = this.#waiting

    if (first == null) {
      this.#free++
    } else {
      this.#waiting.delete(first)
      first()
    }
  }
}
