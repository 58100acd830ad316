/** Turns an input into decisions: each takes some of its bytes, and zeros where none are left. */
export class ByteSource {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.byteLength
  }

  byte(): number {
    return this.#bytes[this.#offset++] ?? 0
  }

  /** A whole number from 0, below a bound of at most 65,536. */
  below(bound: number): number {
    return (this.byte() * 256 + this.byte()) % bound
  }

  pick<T>(list: readonly T[]): T {
    return list[this.byte() % list.length] as T
  }
}
