/** Ends a repetition; a run that is under way is aborted. */
export type StopRepeating = () => void

/**
 * Runs a task again and again, `intervalMs` after it ended. Errors go to `onError` and end nothing.
 * The first run comes at once.
 */
export function repeat(
  task: (signal: AbortSignal) => Promise<unknown>,
  intervalMs: () => number,
  onError: (error: unknown) => void
): StopRepeating {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function run(): Promise<void> {
    try {
      await task(controller.signal)
    } catch (error) {
      if (!controller.signal.aborted) {
        onError(error)
      }
    }

    if (!controller.signal.aborted) {
      timer = setTimeout(run, intervalMs())
    }
  }

  void run()

  return () => {
    controller.abort()
    clearTimeout(timer)
  }
}
