import type { NamespacePattern } from './namespace-pattern.ts'

interface Placed<T> {
  place: number
  value: T
}

/** Values by pattern. Of several patterns that match, the one added first counts. */
export class PatternIndex<T> {
  readonly #exact = new Map<string, Placed<T>>()
  readonly #prefixes = new Map<string, Placed<T>>()
  /** Each length that some prefix has. */
  readonly #prefixLengths = new Set<number>()
  #size = 0

  /** Of two equal patterns the first stays. */
  add({ key, isPrefix }: NamespacePattern, value: T): void {
    const patterns = isPrefix ? this.#prefixes : this.#exact

    if (isPrefix) {
      this.#prefixLengths.add(key.length)
    }

    if (!patterns.has(key)) {
      patterns.set(key, { place: this.#size, value })
    }

    this.#size++
  }

  /**
   * The value of the first pattern that matches everything this one matches.
   *
   * Costs a look-up for the exact patterns and one for each different length of a prefix, however
   * many patterns there are: at most 257, of at most 256 bytes each.
   */
  firstCovering({ key, isPrefix }: NamespacePattern): T | undefined {
    let first = isPrefix ? undefined : this.#exact.get(key)

    for (const length of this.#prefixLengths) {
      const prefix = length > key.length ? undefined : this.#prefixes.get(key.slice(0, length))

      if (prefix != null && (first == null || prefix.place < first.place)) {
        first = prefix
      }
    }

    return first?.value
  }
}
