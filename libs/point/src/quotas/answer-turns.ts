/** One answer in the making at a time: the streams of a connection take turns, in their order. */
export class AnswerTurns {
  readonly #hasRoom: () => boolean
  readonly #waiting = new Set<() => void>()
  #isTaken = false

  /** @param hasRoom - whether another answer may be made at all */
  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom
  }

  /** Calls `start` when its turn comes, perhaps at once. Whoever starts has to call `end`. */
  wait(start: () => void): void {
    this.#waiting.add(start)
    this.next()
  }

  /** Does nothing if it has started. */
  leave(start: () => void): void {
    this.#waiting.delete(start)
  }

  end(): void {
    this.#isTaken = false
    this.next()
  }

  /** To be called when there may be room again. */
  next(): void {
    const [start] = this.#waiting

    if (start == null || this.#isTaken || !this.#hasRoom()) {
      return
    }

    this.#waiting.delete(start)
    this.#isTaken = true
    start()
  }
}
