/** The point refused: its status and text. */
export class RefusedError extends Error {
  override name = 'RefusedError'
  /** A `ResponseStatus`, or a number that a newer server knows. */
  readonly status: number

  constructor(status: number, statusText: string) {
    super(statusText === '' ? `refused with status ${status}` : statusText)
    this.status = status
  }
}

/** The point ended the stream without an answer, or sent something else than one. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError'
}
