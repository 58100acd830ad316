/** What an attack has delivered, by what it is. */
export class Tally {
  readonly #counts: Record<string, number> = {}

  get counts(): Readonly<Record<string, number>> {
    return this.#counts
  }

  add(what: string, count = 1): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + count
  }
}
