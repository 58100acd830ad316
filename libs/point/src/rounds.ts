/** Goes through a collection over and over, a part of it at a time, whatever comes and goes meanwhile. */
export class Rounds<T> {
  readonly #items: Iterable<T> & { readonly size: number }
  readonly #parts: number
  #rest?: Iterator<T>

  /**
   * @param items - a Map or a Set, or the like: whose iterators show what was added since
   * @param parts - of a round, at least 1: none of the items is left out of so many parts in a row, nor of
   * one more where others have gone
   */
  constructor(items: Iterable<T> & { readonly size: number }, parts: number) {
    this.#items = items
    this.#parts = parts
  }

  /** The next part: its share of the items, but for the last of a round, which is what is left. */
  *nextPart(): Generator<T> {
    this.#rest ??= this.#items[Symbol.iterator]()

    for (let left = Math.ceil(this.#items.size / this.#parts); left > 0; left--) {
      const { done, value } = this.#rest.next()

      if (done) {
        this.#rest = undefined

        return
      }

      yield value
    }
  }
}
