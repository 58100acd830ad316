/**
 * Runs something until it ends, or until SIGINT or SIGTERM abort its signal: whatever it then
 * rejects with is no failure.
 */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort()

  // Not only once: a terminal and a launcher may both send it.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)

  try {
    await run(interrupted.signal)
  } catch (error) {
    if (!interrupted.signal.aborted) {
      throw error
    }
  }
}
