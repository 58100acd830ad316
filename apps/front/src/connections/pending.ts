/** Things that wait for their peer, the oldest first, by the network that they come from. */
export class Pending<T> {
  readonly #networks = new Map<string, Set<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(item: T, network: string): void {
    const items = this.#networks.get(network) ?? new Set()

    this.#networks.set(network, items.add(item))
    this.#size++
  }

  /** Returns whether it was there. */
  delete(item: T, network: string): boolean {
    const items = this.#networks.get(network)

    if (items?.delete(item) !== true) {
      return false
    }

    this.#size--

    if (items.size === 0) {
      this.#networks.delete(network)
    }

    return true
  }

  /**
   * The one to give up where there is no room: the oldest of the network that has most. Who is honest
   * waits for milliseconds only, and is not the oldest of many.
   */
  get mostCrowded(): T | undefined {
    let most: Set<T> | undefined

    for (const items of this.#networks.values()) {
      most = most == null || items.size > most.size ? items : most
    }

    return most?.values().next().value
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const items of this.#networks.values()) {
      yield* items
    }
  }
}
