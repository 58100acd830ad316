import { grown } from './grown.ts'

/** Stands for the end of a list. */
const NONE = -1

/**
 * Lists of slots, each slot in one of them at most: two columns of numbers. Whoever has a list knows its first slot, or
 * `undefined` while it is empty; every change takes constant time.
 */
export class SlotLists {
  #next = new Int32Array()
  #previous = new Int32Array()

  /** @returns the first slot of the list, with one more before all others */
  add(first: number | undefined, slot: number): number {
    this.#next = grown(this.#next, slot)
    this.#previous = grown(this.#previous, slot)
    this.#next[slot] = first ?? NONE
    this.#previous[slot] = NONE

    if (first != null) {
      this.#previous[first] = slot
    }

    return slot
  }

  /** @returns the first slot of the list, without one that was in it */
  delete(first: number, slot: number): number | undefined {
    const next = this.#next[slot] as number
    const previous = this.#previous[slot] as number

    if (next !== NONE) {
      this.#previous[next] = previous
    }

    if (previous !== NONE) {
      this.#next[previous] = next

      return first
    }

    return next === NONE ? undefined : next
  }

  /** The list may change where it was walked already. */
  *from(first: number | undefined): Generator<number> {
    for (let slot = first ?? NONE; slot !== NONE; ) {
      const next = this.#next[slot] as number

      yield slot
      slot = next
    }
  }
}
