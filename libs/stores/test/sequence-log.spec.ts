import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../src/compliance/index.ts'
import { SequenceLog } from '../src/held/sequence-log.ts'

/** Sequences of real registrations: microseconds, beyond what small integers hold. */
const FIRST = 1_700_000_000_000_000

/** As many as fit into one chunk of the log. */
const CHUNK = 512

function logOf(count: number): SequenceLog {
  const log = new SequenceLog()

  for (let index = 0; index < count; index++) {
    log.append(FIRST + index, index)
  }

  return log
}

function indexes(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}

/** The order in which a test deletes some. */
const ORDERS: [string, (indexes: number[]) => number[]][] = [
  ['from the first on', (all) => all],
  ['from the last on', (all) => all.toReversed()],
  // A prime step comes to each once, and seldom to neighbours.
  ['here and there', (all) => all.map((_, place) => all[(place * 7919) % all.length] as number)]
]

describe('a log of sequences', () => {
  it.each([1, 2, 3, 4, 5])('does what a sorted array does (seed %i)', (seed) => {
    const random = seededRandom(seed)
    const log = new SequenceLog()
    const gone: number[] = [FIRST - 1]
    const held: number[] = []
    let last = FIRST

    for (let step = 0; step < 12_000; step++) {
      // Grows to some thousands, then shrinks to nothing, twice.
      const isShrinking = step % 6000 > 3000

      if (random() < (isShrinking ? 0.02 : 0.8)) {
        last += 1 + Math.floor(random() * 3)
        log.append(last, last - FIRST)
        held.push(last)
      } else if (random() < 0.9 && held.length > 0) {
        // Some run of neighbours, as registrations of one moment end together.
        const start = Math.floor(random() * held.length)

        for (const sequence of held.splice(start, 1 + Math.floor(random() * 4))) {
          log.delete(sequence)
          gone.push(sequence)
        }
      } else {
        log.delete(gone[Math.floor(random() * gone.length)] as number)
        log.delete(last + 1)
      }

      if (step % 50 === 0) {
        const after = FIRST + Math.floor(random() * (last - FIRST + 3)) - 1

        expect([...log.after(after)]).toEqual(
          held.filter((sequence) => sequence > after).map((sequence) => sequence - FIRST)
        )
      }
    }

    expect([...log.after(0)]).toEqual(held.map((sequence) => sequence - FIRST))
  })

  it('is empty at first', () => {
    const log = new SequenceLog()

    log.delete(1)

    expect([...log.after(0)]).toEqual([])
  })

  it.each([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])(
    'of %i goes on after each of them',
    (count) => {
      const log = logOf(count)

      for (let index = -1; index < count; index++) {
        expect(log.after(FIRST + index).next().value).toBe(
          index + 1 < count ? index + 1 : undefined
        )
      }

      expect([...log.after(0)]).toEqual(indexes(0, count))
    }
  )

  it.each([0, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 1])(
    'without number %i goes on behind it, from before it and from its place',
    (index) => {
      const log = logOf(3 * CHUNK)

      log.delete(FIRST + index)

      expect([...log.after(FIRST + index - 1)]).toEqual(indexes(index + 1, 3 * CHUNK - index - 1))
      expect([...log.after(FIRST + index)]).toEqual(indexes(index + 1, 3 * CHUNK - index - 1))
      expect([...log.after(0)]).toHaveLength(3 * CHUNK - 1)
    }
  )

  it('takes a second deletion for none, also when it made the chunk small', () => {
    const log = logOf(CHUNK)

    for (const index of indexes(0, CHUNK - 1)) {
      log.delete(FIRST + index)
      log.delete(FIRST + index)
    }

    expect([...log.after(0)]).toEqual([CHUNK - 1])
  })

  it.each(ORDERS)('takes new ones after it was emptied %s', (_name, ordered) => {
    const log = logOf(3 * CHUNK)

    for (const index of ordered(indexes(0, 3 * CHUNK))) {
      log.delete(FIRST + index)
    }

    const emptied = [...log.after(0)]

    for (const index of indexes(3 * CHUNK, CHUNK + 1)) {
      log.append(FIRST + index, index)
    }

    expect(emptied).toEqual([])
    expect([...log.after(0)]).toEqual(indexes(3 * CHUNK, CHUNK + 1))
  })

  it.each(ORDERS)('of 100,000 keeps every thousandth when the rest go %s', (_name, ordered) => {
    const log = logOf(100_000)

    for (const index of ordered(indexes(0, 100_000))) {
      if (index % 1000 !== 0) {
        log.delete(FIRST + index)
      }
    }

    const kept = indexes(0, 100).map((index) => index * 1000)

    expect([...log.after(0)]).toEqual(kept)
    expect([...log.after(FIRST + 50_000)]).toEqual(kept.slice(51))
  })

  it.each(ORDERS)('gives memory back when most of a million go %s', (_name, ordered) => {
    const order = ordered(indexes(0, 1_000_000))
    const emptyBytes = heapBytes()
    const log = logOf(1_000_000)
    const fullBytes = heapBytes() - emptyBytes

    for (const index of order) {
      if (index % 1000 !== 0) {
        log.delete(FIRST + index)
      }
    }

    const keptBytes = heapBytes() - emptyBytes

    expect([...log.after(0)]).toHaveLength(1000)
    expect(fullBytes).toBeGreaterThan(8_000_000)
    expect(keptBytes).toBeLessThan(fullBytes / 10)
    expect(order).toHaveLength(1_000_000)
  })
})

setFlagsFromString('--expose-gc')

const collectGarbage: () => void = runInNewContext('gc')

/** What is in use right now. */
function heapBytes(): number {
  collectGarbage()

  return process.memoryUsage().heapUsed
}
