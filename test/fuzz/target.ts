import type { Random } from './random.ts'

/** Something that is fed with bytes, and what must hold whatever they are. */
export interface FuzzTarget {
  name: string
  /** Longest time that one input may take, in milliseconds. */
  slowMs: number
  /** Longest input: what is longer is refused by its length, or says nothing new. */
  inputBytesMax: number
  /** Inputs of tests elsewhere, with which each run begins besides the corpus. Default: none. */
  seeds?: () => Uint8Array[]
  /** A sound input, or nearly so. */
  generate: (random: Random) => Uint8Array | Promise<Uint8Array>
  /** An input that differs in one place. */
  mutate: (input: Uint8Array, random: Random) => Uint8Array | Promise<Uint8Array>
  /**
   * Runs the code under test.
   *
   * @returns names of the rules by which it differed from a reference, on purpose
   * @throws DifferenceError, BrokenInvariantError, and anything else that the code under test throws
   */
  execute: (input: Uint8Array) => readonly string[] | Promise<readonly string[]>
}

/** Ours and a reference do not agree, and no rule says why. */
export class DifferenceError extends Error {
  override name = 'DifferenceError'
}

/** Something is not as it always has to be. */
export class BrokenInvariantError extends Error {
  override name = 'BrokenInvariantError'
}

export function assertInvariant(holds: boolean, what: string): asserts holds {
  if (!holds) {
    throw new BrokenInvariantError(what)
  }
}

/** A value as a text: the same text for the same value. Fields that are `undefined` are left out. */
export function describeValue(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Uint8Array) {
      return `bytes ${Buffer.from(part).toString('hex')}`
    }

    if (typeof part === 'bigint') {
      return `${part}n`
    }

    return isRecord(part) ? sorted(part) : part
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value != null && typeof value === 'object' && !Array.isArray(value)
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)))
}
