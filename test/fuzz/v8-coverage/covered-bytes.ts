import type { Profiler } from 'node:inspector'

/** Places in scripts, by their URLs. */
export type CoveredPlaces = Map<string, number[]>

/** Which characters of which scripts were executed, from what V8 counts. */
export class CoveredBytes {
  readonly #scripts = new Map<string, Uint8Array>()

  /** By the script's URL, one where it was executed. */
  get scripts(): ReadonlyMap<string, Uint8Array> {
    return this.#scripts
  }

  /** Adds what V8 counted since it was last asked. */
  add(counted: readonly Profiler.ScriptCoverage[]): void {
    for (const { url, functions } of counted) {
      this.#join(url, executedIn(functions))
    }
  }

  /** Adds what was covered elsewhere, in another process for example. */
  join(scripts: Iterable<readonly [url: string, executed: Uint8Array]>): void {
    for (const [url, executed] of scripts) {
      this.#join(url, executed)
    }
  }

  /** Whether something of that is not covered yet. */
  isNew(counted: readonly Profiler.ScriptCoverage[]): boolean {
    return counted.some(({ url, functions }) => {
      const known = this.#scripts.get(url)

      return executedIn(functions).some((executed, at) => executed === 1 && known?.[at] !== 1)
    })
  }

  /** By the script's URL, where that has something that is not covered yet. */
  newIn(counted: readonly Profiler.ScriptCoverage[]): CoveredPlaces {
    const places: CoveredPlaces = new Map()

    for (const { url, functions } of counted) {
      const executed = executedIn(functions)
      const known = this.#scripts.get(url)
      const found = [...executed.keys()].filter((at) => executed[at] === 1 && known?.[at] !== 1)

      if (found.length > 0) {
        places.set(url, found)
      }
    }

    return places
  }

  #join(url: string, executed: Uint8Array): void {
    const known = this.#scripts.get(url) ?? new Uint8Array()
    const longer = new Uint8Array(Math.max(known.byteLength, executed.byteLength))

    longer.set(known)
    this.#scripts.set(url, longer)

    for (const [at, one] of executed.entries()) {
      if (one === 1) {
        longer[at] = 1
      }
    }
  }
}

/** Whether all of these places were executed. */
export function hasExecuted(
  counted: readonly Profiler.ScriptCoverage[],
  places: CoveredPlaces
): boolean {
  const executed = new Map(counted.map(({ url, functions }) => [url, executedIn(functions)]))

  return [...places].every(([url, wanted]) => wanted.every((at) => executed.get(url)?.[at] === 1))
}

/**
 * A range inside of another one comes later and says more exactly what was executed. Functions that
 * were not reached, and the module itself once it has run, are left out by V8.
 */
function executedIn(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const ranges = functions.flatMap(({ ranges }) => ranges)
  const end = ranges.reduce((last, { endOffset }) => Math.max(last, endOffset), 0)
  const executed = new Uint8Array(end)

  for (const { startOffset, endOffset, count } of ranges) {
    executed.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  }

  return executed
}
