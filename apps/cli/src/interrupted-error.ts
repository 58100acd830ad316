/**
 * What a command ends with that was interrupted before it had a result: what shells tell of one that
 * SIGINT has ended.
 */
export const INTERRUPTED = 130

/** A signal has ended a command before it had a result. */
export class InterruptedError extends Error {
  override name = 'InterruptedError'

  constructor(message = 'interrupted before there was a result') {
    super(message)
  }
}
