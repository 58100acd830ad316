/** Whose answers wait to be taken. */
export interface Recipient {
  /** Ends it, and so gives up what it has not taken. */
  endUnsent(): void
}

/** The bytes that all recipients together have not taken, in bounds. */
export class UnsentBytes {
  readonly #bytesMax: number
  readonly #bytes = new Map<Recipient, number>()
  /** What they give up is told later, and has been taken off already. */
  readonly #ended = new WeakSet<Recipient>()
  #total = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get total(): number {
    return this.#total
  }

  of(recipient: Recipient): number {
    return this.#bytes.get(recipient) ?? 0
  }

  /**
   * Beyond the bound, those with the most are ended: they take the least of what they ask for.
   *
   * @param bytes - below zero for those that have been taken
   */
  add(recipient: Recipient, bytes: number): void {
    if (this.#ended.has(recipient)) {
      return
    }

    this.#total += bytes
    this.#set(recipient, this.of(recipient) + bytes)

    while (this.#total > this.#bytesMax) {
      this.#endGreatest()
    }
  }

  #set(recipient: Recipient, bytes: number): void {
    if (bytes > 0) {
      this.#bytes.set(recipient, bytes)
    } else {
      this.#bytes.delete(recipient)
    }
  }

  #endGreatest(): void {
    const [greatest, bytes] = [...this.#bytes].reduce((a, b) => (b[1] > a[1] ? b : a))

    this.#ended.add(greatest)
    this.#bytes.delete(greatest)
    this.#total -= bytes
    greatest.endUnsent()
  }
}
