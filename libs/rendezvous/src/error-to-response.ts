import { RendezvousError } from './errors.ts'
import type { Outcome, Request } from './message.ts'
import { ResponseStatus } from './response-status.ts'

/** The answer to a request that failed. An unknown error shows none of its own text to the peer. */
export function errorToResponse(request: Request, error: unknown): Outcome {
  const status = error instanceof RendezvousError ? error.status : ResponseStatus.E_INTERNAL_ERROR
  const statusText = error instanceof RendezvousError ? error.message : 'internal error'

  switch (request.type) {
    case 'register':
      return { type: 'register', status, statusText, ttlSeconds: 0 }
    case 'unregister':
      return { type: 'unregister', status }
    case 'discover':
      return {
        type: 'discover',
        status,
        statusText,
        namespace: request.namespace ?? new Uint8Array(),
        registrations: []
      }
    default:
      return request satisfies never
  }
}
