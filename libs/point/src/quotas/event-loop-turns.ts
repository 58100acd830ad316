interface Turn {
  begin: () => void
  isOver: () => boolean
}

/**
 * Lets work of a millisecond or more begin one piece after the other, with a turn of the event loop
 * between two, so that requests that take less come in between. Those who want it take turns: one
 * with much to do does not hold up another.
 */
export class EventLoopTurns {
  /** Those that wait, by who they work for; whose turn is next comes first. */
  readonly #waiting = new Map<string, Turn[]>()
  #isBusy = false

  /**
   * Resolves when a piece of work may begin, at once where none has in this turn of the event loop.
   *
   * @param forWhom - those with the same are served in their order
   * @param isOver - whether nobody wants it any more: then it takes no turn from others
   */
  async next(forWhom: string, isOver: () => boolean = () => false): Promise<void> {
    if (!this.#isBusy) {
      this.#goOn()

      return
    }

    await new Promise<void>((begin) => {
      const queue = this.#waiting.get(forWhom)

      if (queue == null) {
        this.#waiting.set(forWhom, [{ begin, isOver }])
      } else {
        queue.push({ begin, isOver })
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
    for (let turn = this.#take(); turn != null; turn = this.#take()) {
      turn.begin()

      if (!turn.isOver()) {
        this.#goOn()

        return
      }
    }
  }

  #take(): Turn | undefined {
    const [first] = this.#waiting

    if (first == null) {
      return undefined
    }

    const [forWhom, queue] = first
    const turn = queue.shift()

    this.#waiting.delete(forWhom)

    if (queue.length > 0) {
      // Behind all others.
      this.#waiting.set(forWhom, queue)
    }

    return turn
  }
}
