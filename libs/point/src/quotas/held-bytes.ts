/** Who makes this node hold bytes: answers that it does not take, or requests that are not its turn. */
export interface Holder {
  /** Ends it, and so gives up what is held for it. */
  end(): void
}

/** The bytes that are held for all holders together, in bounds. */
export class HeldBytes {
  readonly #bytesMax: number
  readonly #bytes = new Map<Holder, number>()
  /** What they give up is told later, and has been taken off already. */
  readonly #ended = new WeakSet<Holder>()
  #total = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get total(): number {
    return this.#total
  }

  of(holder: Holder): number {
    return this.#bytes.get(holder) ?? 0
  }

  /**
   * Beyond the bound, those with the most are ended.
   *
   * @param bytes - below zero for those that are held no more
   */
  add(holder: Holder, bytes: number): void {
    if (this.#ended.has(holder)) {
      return
    }

    this.#total += bytes
    this.#set(holder, this.of(holder) + bytes)

    while (this.#total > this.#bytesMax) {
      this.#endGreatest()
    }
  }

  #set(holder: Holder, bytes: number): void {
    if (bytes > 0) {
      this.#bytes.set(holder, bytes)
    } else {
      this.#bytes.delete(holder)
    }
  }

  #endGreatest(): void {
    const [greatest, bytes] = [...this.#bytes].reduce((a, b) => (b[1] > a[1] ? b : a))

    this.#ended.add(greatest)
    this.#bytes.delete(greatest)
    this.#total -= bytes
    greatest.end()
  }
}
