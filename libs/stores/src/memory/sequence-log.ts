/** Most entries of a chunk: removing one moves no more than these. */
const CHUNK_MAX = 512

interface Chunk<T> {
  /** Rising. */
  sequences: number[]
  /** One for each sequence; `undefined` once it is deleted. */
  values: (T | undefined)[]
  held: number
}

/**
 * Values in the order of their sequences. Appending takes constant time; deleting, and finding the
 * first after a sequence, take the logarithm of their number.
 */
export class SequenceLog<T> {
  readonly #chunks: Chunk<T>[] = []

  /** @param sequence - higher than all before */
  append(sequence: number, value: T): void {
    let last = this.#chunks.at(-1)

    if (last == null || last.sequences.length === CHUNK_MAX) {
      last = { sequences: [], values: [], held: 0 }
      this.#chunks.push(last)
    }

    last.sequences.push(sequence)
    last.values.push(value)
    last.held++
  }

  /** Does nothing for a sequence that is not held. */
  delete(sequence: number): void {
    const index = Math.max(0, firstAbove(this.#chunks, sequence, firstSequence) - 1)
    const chunk = this.#chunks[index]
    const place = (chunk == null ? 0 : firstAbove(chunk.sequences, sequence, same)) - 1

    if (chunk?.sequences[place] !== sequence || chunk.values[place] === undefined) {
      return
    }

    chunk.values[place] = undefined
    chunk.held--

    if (chunk.held <= chunk.sequences.length / 2) {
      this.#tidy(index, chunk)
    }
  }

  /** Values with a sequence above `sequence`, lowest first. */
  *after(sequence: number): Generator<T> {
    const from = Math.max(0, firstAbove(this.#chunks, sequence, firstSequence) - 1)

    for (let index = from; index < this.#chunks.length; index++) {
      const { sequences, values } = this.#chunks[index] as Chunk<T>
      const start = index === from ? firstAbove(sequences, sequence, same) : 0

      for (let place = start; place < values.length; place++) {
        const value = values[place]

        if (value !== undefined) {
          yield value
        }
      }
    }
  }

  /** Drops deleted entries of a chunk, and joins it to the one before where both fit into one. */
  #tidy(index: number, chunk: Chunk<T>): void {
    const kept = chunk.values.map((value) => value !== undefined)

    chunk.sequences = chunk.sequences.filter((_, place) => kept[place])
    chunk.values = chunk.values.filter((_, place) => kept[place])

    const before = this.#chunks[index - 1]
    const joins = before != null && before.values.length + chunk.values.length <= CHUNK_MAX / 2

    if (joins) {
      before.sequences.push(...chunk.sequences)
      before.values.push(...chunk.values)
      before.held += chunk.held
    }

    if (joins || chunk.held === 0) {
      this.#chunks.splice(index, 1)
    }
  }
}

/** Index of the first element whose number is above `limit`, by bisection. */
function firstAbove<E>(sorted: readonly E[], limit: number, numberOf: (element: E) => number) {
  let low = 0
  let high = sorted.length

  while (low < high) {
    const middle = (low + high) >>> 1

    if (numberOf(sorted[middle] as E) > limit) {
      high = middle
    } else {
      low = middle + 1
    }
  }

  return low
}

function firstSequence({ sequences }: Chunk<unknown>): number {
  return sequences[0] as number
}

function same(sequence: number): number {
  return sequence
}
