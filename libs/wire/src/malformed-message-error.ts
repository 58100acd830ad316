/** Bytes that are no message of the protocol. The stream ends without an answer. */
export class MalformedMessageError extends Error {
  override name = 'MalformedMessageError'
}
