import { Rounds } from './rounds.ts'

/**
 * What has to be looked at now and then: often what is busy, and seldom all the rest, of which there may be
 * tens of thousands.
 */
export class WatchList<T> {
  readonly #all = new Set<T>()
  readonly #busy = new Set<T>()
  readonly #rounds: Rounds<T>

  /** @param looksPerRound - after how many looks all have been looked at that are not busy */
  constructor(looksPerRound: number) {
    this.#rounds = new Rounds(this.#all, looksPerRound)
  }

  get size(): number {
    return this.#all.size
  }

  /** Those that were added or told to be busy since the last look, or said so then. */
  get busy(): ReadonlySet<T> {
    return this.#busy
  }

  /** It is busy until it is looked at. */
  add(item: T): void {
    this.#all.add(item)
    this.#busy.add(item)
  }

  delete(item: T): void {
    this.#all.delete(item)
    this.#busy.delete(item)
  }

  becomesBusy(item: T): void {
    // It may have been deleted, and tell of its end.
    if (this.#all.has(item)) {
      this.#busy.add(item)
    }
  }

  /** @param isBusy - looks at one: all that are busy, and a part of the others */
  look(isBusy: (item: T) => boolean): void {
    for (const item of this.#rounds.nextPart()) {
      this.#busy.add(item)
    }

    for (const item of this.#busy) {
      if (!isBusy(item)) {
        this.#busy.delete(item)
      }
    }
  }
}
