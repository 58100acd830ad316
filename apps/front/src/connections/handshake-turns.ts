/**
 * Lets handshakes begin one after the other, with a turn of the event loop between two: each takes
 * about a millisecond of it, and requests on open connections come in between. Networks take turns,
 * so that one with many handshakes does not hold up the one of another.
 */
export class HandshakeTurns {
  /** Those that wait, by network; the next network first. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #isBusy = false

  /** Resolves when a handshake of this network may begin. */
  async next(network: string): Promise<void> {
    if (!this.#isBusy) {
      this.#goOn()

      return
    }

    await new Promise<void>((resolve) => {
      const queue = this.#waiting.get(network)

      if (queue == null) {
        this.#waiting.set(network, [resolve])
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

    const [network, queue] = first
    const begin = queue.shift()

    this.#waiting.delete(network)

    if (queue.length > 0) {
      // Behind all others.
      this.#waiting.set(network, queue)
    }

    this.#goOn()
    begin?.()
  }
}
