interface Turn {
  begin: () => void
  isOver: () => boolean
}

/** Work that waits to begin, by who it is for: each of them in turn, and what one has in its order. */
export class TurnQueue {
  /** Whose turn is next comes first. */
  readonly #waiting = new Map<string, Turn[]>()

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /** Resolves when it is begun. */
  wait(forWhom: string, isOver: () => boolean): Promise<void> {
    return new Promise((begin) => {
      const queue = this.#waiting.get(forWhom)

      if (queue == null) {
        this.#waiting.set(forWhom, [{ begin, isOver }])
      } else {
        queue.push({ begin, isOver })
      }
    })
  }

  /** Begins what is next. What nobody wants any more is begun on the way. @returns whether there was any */
  begin(): boolean {
    for (let turn = this.#take(); turn != null; turn = this.#take()) {
      turn.begin()

      if (!turn.isOver()) {
        return true
      }
    }

    return false
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
