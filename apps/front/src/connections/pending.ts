/** Of what may be pending, from here on a network that has several makes room. */
const CROWDED_SHARE = 1 / 4

/** Of all that is held to no limit: a load balancer, which stands for many peers. */
const NO_NETWORK = ''

/**
 * Things that wait for their peer, the oldest first, by the network that they come from. Beyond a
 * number one has to go for each that is added, and from a quarter of it on one of a network that
 * has several: what lives for long under a flood costs a collection of garbage each, and the
 * rest is left to peers that come one by one.
 */
export class Pending<T> {
  readonly #max: number
  readonly #networkOf = new Map<T, string>()
  readonly #networks = new Map<string, Set<T>>()

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#networkOf.size
  }

  /** @param network - `undefined` for one that is held to no limit: all of those are one */
  add(item: T, network = NO_NETWORK): void {
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
   * The one to give up now: the oldest of the network that has most. Who is honest waits for
   * milliseconds only, and is not the oldest of many.
   *
   * @returns `undefined` where there is room
   */
  get oneTooMany(): T | undefined {
    if (this.size > this.#max) {
      return oldest(largest(this.#networks.values()))
    }

    if (this.size <= this.#max * CROWDED_SHARE) {
      return undefined
    }

    const crowded = largest(this.#limitedNetworks())

    return crowded != null && crowded.size > 1 ? oldest(crowded) : undefined
  }

  *#limitedNetworks(): Iterable<Set<T>> {
    for (const [network, items] of this.#networks) {
      if (network !== NO_NETWORK) {
        yield items
      }
    }
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#networkOf.keys()
  }
}

function largest<T>(sets: Iterable<Set<T>>): Set<T> | undefined {
  let most: Set<T> | undefined

  for (const set of sets) {
    most = most == null || set.size > most.size ? set : most
  }

  return most
}

function oldest<T>(items: Set<T> | undefined): T | undefined {
  return items?.values().next().value
}
