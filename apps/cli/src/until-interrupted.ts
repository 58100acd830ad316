import { InterruptedError } from './interrupted-error.ts'

/**
 * Runs something that goes on until SIGINT or SIGTERM abort its signal: whatever it then rejects
 * with is no failure.
 */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  try {
    await unlessInterrupted(run)
  } catch (error) {
    if (!(error instanceof InterruptedError)) {
      throw error
    }
  }
}

/**
 * Runs something that ends by itself, unless SIGINT or SIGTERM abort its signal before.
 *
 * @throws InterruptedError for whatever it rejects with after that
 */
export async function unlessInterrupted(
  run: (signal: AbortSignal) => Promise<void>
): Promise<void> {
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort()

  // Not only once: a terminal and a launcher may both send it.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)

  try {
    await run(interrupted.signal)
  } catch (error) {
    throw interrupted.signal.aborted ? new InterruptedError() : error
  }
}
