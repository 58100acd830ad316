/** The point does not have what a case is about, or does not let it be seen. */
export class SkippedError extends Error {
  override name = 'SkippedError'
}
