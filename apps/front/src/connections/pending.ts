/** Things that wait for their peer, the oldest first, by the network that they come from. */
export class Pending<T> {
  readonly #networkOf = new Map<T, string>()
  readonly #networks = new Map<string, Set<T>>()

  get size(): number {
    return this.#networkOf.size
  }

  /** @param network - `undefined` for one that is held to no limit: all of those are one */
  add(item: T, network = ''): void {
    const items = this.#networks.get(network) ?? new Set()

    this.#networkOf.set(item, network)
    this.#networks.set(network, items.add(item))
  }

  /** Does nothing if it is not there any more. */
  delete(item: T): void {
    const network = this.#networkOf.get(item)
    const items = network == null ? undefined : this.#networks.get(network)

    if (network == null || items == null) {
      return
    }

    this.#networkOf.delete(item)
    items.delete(item)

    if (items.size === 0) {
      this.#networks.delete(network)
    }
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

  [Symbol.iterator](): Iterator<T> {
    return this.#networkOf.keys()
  }
}
