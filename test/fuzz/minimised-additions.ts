import type { FuzzTarget } from './target.ts'
import type { CoverageProbe } from './v8-coverage/coverage-probe.ts'
import { CoveredBytes, hasExecuted } from './v8-coverage/covered-bytes.ts'

/** Executions spent on the shortening of one input. */
const ATTEMPTS_MAX = 150

export interface MinimisedAdditionsInit {
  target: FuzzTarget
  /** What need not be added. */
  corpus: readonly Uint8Array[]
  /** What may be added. */
  kept: readonly Uint8Array[]
  probe: CoverageProbe
  onInput: (input: Uint8Array) => void
}

/** Of the inputs that led to something new those that the corpus lacks, as short as they can be. */
export async function minimisedAdditions(init: MinimisedAdditionsInit): Promise<Uint8Array[]> {
  const { target, corpus, kept, probe, onInput } = init
  const covered = new CoveredBytes()
  const additions: Uint8Array[] = []

  for (const input of [...corpus, ...(target.seeds?.() ?? [])]) {
    covered.add(await countedBy(input))
  }

  for (const input of kept) {
    const places = covered.newIn(await countedBy(input))

    if (places.size > 0) {
      const shortest = await minimise(input, async (shorter) =>
        hasExecuted(await countedBy(shorter), places)
      )

      additions.push(shortest)
      covered.add(await countedBy(shortest))
    }
  }

  return additions

  async function countedBy(input: Uint8Array) {
    onInput(input)
    await probe.take()
    // What it throws is not asked here.
    await Promise.resolve(target.execute(input)).catch(() => {})

    return probe.take()
  }
}

/** Without whatever can be left out, in ever smaller pieces. */
async function minimise(
  input: Uint8Array,
  isEnough: (input: Uint8Array) => Promise<boolean>
): Promise<Uint8Array> {
  let shortest = input
  let attempts = 0

  for (let size = Math.ceil(input.byteLength / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.byteLength; ) {
      const shorter = Buffer.concat([shortest.subarray(0, at), shortest.subarray(at + size)])

      if (++attempts > ATTEMPTS_MAX) {
        return shortest
      }

      if (await isEnough(new Uint8Array(shorter))) {
        shortest = new Uint8Array(shorter)
      } else {
        at += size
      }
    }
  }

  return shortest
}
