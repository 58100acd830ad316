/**
 * New registrations that are about to be held together. Until then the caps count them besides
 * those that are held.
 */
export class PlannedRegistrations {
  /**
   * The instant that all of them are judged at, in milliseconds of the store's clock: what counts as
   * held for one of them must not expire before the next one is counted.
   */
  readonly nowMs: number
  readonly #ofPeer = new Map<string, number>()
  readonly #peersOf = new Map<string, Set<string>>()
  readonly #prefixOf = new Map<string, number>()
  readonly #inPrefix = new Map<string, number>()
  #size = 0

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  get size(): number {
    return this.#size
  }

  has(namespace: string, peer: string): boolean {
    return this.#peersOf.get(namespace)?.has(peer) ?? false
  }

  ofPeer(peer: string): number {
    return this.#ofPeer.get(peer) ?? 0
  }

  inNamespace(namespace: string): number {
    return this.#peersOf.get(namespace)?.size ?? 0
  }

  /** The IP prefix that a registration, new or not, is planned to count in. */
  prefixOf(namespace: string, peer: string): number | undefined {
    return this.#prefixOf.get(registrationKey(namespace, peer))
  }

  /** How many are planned to count in an IP prefix, besides those that are held there. */
  inPrefix(namespace: string, ipPrefix: number): number {
    return this.#inPrefix.get(prefixKey(namespace, ipPrefix)) ?? 0
  }

  /** Whether one more namespace makes at most `max`, with those that are held. */
  hasRoomForNamespace(held: ReadonlyMap<string, unknown>, max: number): boolean {
    // Counts those twice that are held too, which is seldom too many.
    if (held.size + this.#peersOf.size < max) {
      return true
    }

    const added = [...this.#peersOf.keys()].filter((namespace) => !held.has(namespace))

    return held.size + added.length < max
  }

  add(namespace: string, peer: string, ipPrefix?: number): void {
    const peers = this.#peersOf.get(namespace)

    if (peers == null) {
      this.#peersOf.set(namespace, new Set([peer]))
    } else {
      peers.add(peer)
    }

    this.#ofPeer.set(peer, this.ofPeer(peer) + 1)
    this.#size++

    if (ipPrefix != null) {
      this.move(namespace, peer, ipPrefix)
    }
  }

  /** Counts a registration in another IP prefix too: it leaves the one before when it is held. */
  move(namespace: string, peer: string, ipPrefix: number): void {
    const key = prefixKey(namespace, ipPrefix)

    this.#prefixOf.set(registrationKey(namespace, peer), ipPrefix)
    this.#inPrefix.set(key, (this.#inPrefix.get(key) ?? 0) + 1)
  }
}

function registrationKey(namespace: string, peer: string): string {
  return `${peer.length} ${peer}${namespace}`
}

function prefixKey(namespace: string, ipPrefix: number): string {
  return `${ipPrefix} ${namespace}`
}
