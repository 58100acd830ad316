/** Waits, at most until a signal is aborted. Never rejects. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>

/** Longest time that a timer takes: beyond, it fires at once. */
export const TIMER_MS_MAX = 2 ** 31 - 1

export const wait: Wait = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve()

      return
    }

    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.min(ms, TIMER_MS_MAX))

    signal.addEventListener('abort', end)
  })
