import type { Wait } from '../src/wait.ts'

/** Waiting that ends when a spec says so, or its signal. */
export class ManualWait {
  /** How long was waited, each time, in milliseconds. */
  readonly times: number[] = []
  readonly #ends: (() => void)[] = []

  readonly wait: Wait = (ms, signal) => {
    this.times.push(ms)

    return new Promise((resolve) => {
      this.#ends.push(resolve)

      if (signal.aborted) {
        resolve()
      }

      signal.addEventListener('abort', () => resolve())
    })
  }

  /** The time is over. */
  end(): void {
    for (const end of this.#ends.splice(0)) {
      end()
    }
  }
}
