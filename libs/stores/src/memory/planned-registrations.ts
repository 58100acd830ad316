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

  /** Whether one more namespace makes at most `max`, with those that are held. */
  hasRoomForNamespace(held: ReadonlyMap<string, unknown>, max: number): boolean {
    // Counts those twice that are held too, which is seldom too many.
    if (held.size + this.#peersOf.size < max) {
      return true
    }

    const added = [...this.#peersOf.keys()].filter((namespace) => !held.has(namespace))

    return held.size + added.length < max
  }

  add(namespace: string, peer: string): void {
    const peers = this.#peersOf.get(namespace)

    if (peers == null) {
      this.#peersOf.set(namespace, new Set([peer]))
    } else {
      peers.add(peer)
    }

    this.#ofPeer.set(peer, this.ofPeer(peer) + 1)
    this.#size++
  }
}
