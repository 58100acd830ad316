import { ResponseStatus } from '@rendezvous-cluster/rendezvous'

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

/** None of the rendezvous points gave an answer; `errors` has what each of them failed with. */
export class NoPointError extends Error {
  override name = 'NoPointError'
  readonly errors: readonly Error[]

  constructor(errors: readonly Error[]) {
    const reasons = errors.map(({ message }) => message).join('; ')

    super(`no rendezvous point answered: ${reasons}`, { cause: errors.at(-1) })
    this.errors = errors
  }
}

/** Whether asking elsewhere would change nothing: the request itself was refused. */
export function isOwnFault(error: unknown): error is RefusedError {
  return error instanceof RefusedError && error.status < ResponseStatus.E_INTERNAL_ERROR
}

/** Whether a point refused with this status. */
export function isRefusedWith(error: unknown, status: ResponseStatus): error is RefusedError {
  return error instanceof RefusedError && error.status === status
}

/** A WebSocket that fails keeps the reason to itself, in browsers and in Node. */
const NO_WEB_SOCKET =
  'no WebSocket: nothing listens there that speaks it, or its certificate is not trusted ' +
  '(in Node NODE_EXTRA_CA_CERTS names a file of more authorities)'

/** What a promise was rejected with; by libp2p it can be a WebSocket's bare event. */
export function toError(reason: unknown): Error {
  if (reason instanceof Error) {
    return reason
  }

  return new Error(reason instanceof Event ? NO_WEB_SOCKET : String(reason))
}
