/** In the place of a slot. */
const NOTHING = -1

/** Most entries of a chunk: removing one moves no more than these. */
const CHUNK_MAX = 512

interface Chunk {
  /** Rising. */
  sequences: number[]
  /** One for each sequence; `NOTHING` once it is deleted. */
  slots: number[]
  held: number
}

/**
 * Slots in the order of their sequences. Appending takes constant time; deleting, and finding the
 * first after a sequence, take the logarithm of their number.
 */
export class SequenceLog {
  readonly #chunks: Chunk[] = []

  /** @param sequence - higher than all before */
  append(sequence: number, slot: number): void {
    let last = this.#chunks.at(-1)

    if (last == null || last.sequences.length === CHUNK_MAX) {
      last = { sequences: [], slots: [], held: 0 }
      this.#chunks.push(last)
    }

    last.sequences.push(sequence)
    last.slots.push(slot)
    last.held++
  }

  /** Does nothing for a sequence that is not held. */
  delete(sequence: number): void {
    const index = Math.max(0, firstAbove(this.#chunks, sequence, firstSequence) - 1)
    const chunk = this.#chunks[index]
    const place = (chunk == null ? 0 : firstAbove(chunk.sequences, sequence, same)) - 1

    if (chunk?.sequences[place] !== sequence || chunk.slots[place] === NOTHING) {
      return
    }

    chunk.slots[place] = NOTHING
    chunk.held--

    if (chunk.held <= chunk.sequences.length / 2) {
      this.#tidy(index, chunk)
    }
  }

  /** Slots with a sequence above `sequence`, lowest first. */
  *after(sequence: number): Generator<number> {
    const from = Math.max(0, firstAbove(this.#chunks, sequence, firstSequence) - 1)

    for (let index = from; index < this.#chunks.length; index++) {
      const { sequences, slots } = this.#chunks[index] as Chunk
      const start = index === from ? firstAbove(sequences, sequence, same) : 0

      for (let place = start; place < slots.length; place++) {
        const slot = slots[place] as number

        if (slot !== NOTHING) {
          yield slot
        }
      }
    }
  }

  /** Drops deleted entries of a chunk, and joins it to the one before where both fit into one. */
  #tidy(index: number, chunk: Chunk): void {
    const kept = chunk.slots.map((slot) => slot !== NOTHING)

    chunk.sequences = chunk.sequences.filter((_, place) => kept[place])
    chunk.slots = chunk.slots.filter((_, place) => kept[place])

    const before = this.#chunks[index - 1]
    const joins = before != null && before.slots.length + chunk.slots.length <= CHUNK_MAX / 2

    if (joins) {
      before.sequences.push(...chunk.sequences)
      before.slots.push(...chunk.slots)
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

function firstSequence({ sequences }: Chunk): number {
  return sequences[0] as number
}

function same(sequence: number): number {
  return sequence
}
