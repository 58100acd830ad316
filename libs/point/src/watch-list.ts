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

  /** It is looked at no more. Nothing happens where it is not on the list. */
  delete(item: T): void {
    this.#all.delete(item)
    this.#busy.delete(item)
  }

  /** It is looked at each time, until a look finds it idle. Ignored of one that is not on the list. */
  becomesBusy(item: T): void {
    // It may have been deleted, and tell of its end.
    if (this.#all.has(item)) {
      this.#busy.add(item)
    }
  }

  /**
   * Looks at all that are busy, and at a part of the others: at each of them within `looksPerRound` looks.
   *
   * @param isBusy - looks at one, and says whether it stays busy; may delete it
   */
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
