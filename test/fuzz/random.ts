import { seededRandom } from '@rendezvous-cluster/stores/compliance'

/** Draws of one target: the same seed and name draw the same. What is learned on the way may differ. */
export class Random {
  readonly #next: () => number

  constructor(seed: number, name = '') {
    this.#next = seededRandom(hashOf(`${seed} ${name}`))
  }

  /** A whole number from 0, below a bound. */
  below(bound: number): number {
    return Math.floor(this.#next() * bound)
  }

  /** Whether something happens that does so with this probability. */
  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }

  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((value) => ({ value, key: this.#next() }))
      .sort((one, other) => one.key - other.key)
      .map(({ value }) => value)
  }
}

/** FNV-1a: near seeds and names give far states. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5

  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }

  return hash >>> 0
}
