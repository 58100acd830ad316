import { grown } from '../held/grown.ts'
import { hashPeer } from '../held/hash-peer.ts'
import type { RegistrationSlots } from '../held/registration-slots.ts'
import { SlotIndex } from '../held/slot-index.ts'
import { SlotLists } from '../held/slot-lists.ts'

/** What each peer has, in whatever namespaces. */
export class SlotsOfPeers {
  readonly #slots: RegistrationSlots
  /** The first slot of each peer, where their number is, too. */
  readonly #index = new SlotIndex()
  readonly #lists = new SlotLists()
  #counts = new Int32Array()

  constructor(slots: RegistrationSlots) {
    this.#slots = slots
  }

  count(peerId: Uint8Array): number {
    const first = this.#first(peerId, hashPeer(peerId))

    return first == null ? 0 : (this.#counts[first] as number)
  }

  of(peerId: Uint8Array): Iterable<number> {
    return this.#lists.from(this.#first(peerId, hashPeer(peerId)))
  }

  /** @param slot - held in the slots already */
  add(slot: number): void {
    const peerId = this.#slots.peerId(slot)
    const hash = hashPeer(peerId)
    const first = this.#first(peerId, hash)

    this.#lists.add(first, slot)
    this.#setFirst(hash, first, slot, 1 + (first == null ? 0 : (this.#counts[first] as number)))
  }

  /** @param slot - still held in the slots */
  delete(slot: number): void {
    const peerId = this.#slots.peerId(slot)
    const hash = hashPeer(peerId)
    const first = this.#first(peerId, hash) as number

    this.#setFirst(
      hash,
      first,
      this.#lists.delete(first, slot),
      (this.#counts[first] as number) - 1
    )
  }

  clear(): void {
    this.#index.clear()
  }

  #first(peerId: Uint8Array, hash: number): number | undefined {
    return this.#index.find(hash, (slot) => isSame(this.#slots.peerId(slot), peerId))
  }

  #setFirst(hash: number, before: number | undefined, first: number | undefined, count: number) {
    if (first == null) {
      this.#index.delete(hash, before as number)

      return
    }

    if (before == null) {
      this.#index.add(hash, first)
    } else if (before !== first) {
      this.#index.replace(hash, before, first)
    }

    this.#counts = grown(this.#counts, first)
    this.#counts[first] = count
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
