/**
 * Lets work of a millisecond or more begin one piece after the other, with a turn of the event loop
 * between two, so that requests that take less come in between. Those who want it take turns: one
 * with much to do does not hold up another.
 */
export class EventLoopTurns {
  /** Those that wait, by who they work for; whose turn is next comes first. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #isBusy = false

  /**
   * Resolves when a piece of work may begin, at once where none has in this turn of the event loop.
   *
   * @param forWhom - those with the same are served in their order
   */
  async next(forWhom: string): Promise<void> {
    if (!this.#isBusy) {
      this.#goOn()

      return
    }

    await new Promise<void>((resolve) => {
      const queue = this.#waiting.get(forWhom)

      if (queue == null) {
        this.#waiting.set(forWhom, [resolve])
      } else {
        queue.push(resolve)
      }
    })
  }

  #goOn(): void {
    this.#isBusy = true
    setImmediate(() => {
      this.#isBusy = false
      this.#begin()
    })
  }

  #begin(): void {
    const [first] = this.#waiting

    if (first == null) {
      return
    }

    const [forWhom, queue] = first
    const begin = queue.shift()

    this.#waiting.delete(forWhom)

    if (queue.length > 0) {
      // Behind all others.
      this.#waiting.set(forWhom, queue)
    }

    this.#goOn()
    begin?.()
  }
}
