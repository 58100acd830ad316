import type { LiveRegistration } from './registration.ts'
import type { ResponseStatus } from './response-status.ts'

/** Asks to be found. An absent field is `undefined`; nothing is validated yet. */
export interface RegisterRequest {
  type: 'register'
  namespace?: Uint8Array
  signedPeerRecord?: Uint8Array
  /** Seconds. Absent or zero asks for the default. */
  ttl?: bigint
}

/** Asks for peers. An absent field is `undefined`; nothing is validated yet. */
export interface DiscoverRequest {
  type: 'discover'
  namespace?: Uint8Array
  /** Absent, zero or negative asks for as many as the server gives. */
  limit?: bigint
}

export type Request = RegisterRequest | DiscoverRequest

export interface RegisterResponse {
  type: 'register'
  status: ResponseStatus
  statusText: string
  /** The granted lifetime in seconds, 0 unless the status is OK. */
  ttlSeconds: number
}

export interface DiscoverResponse {
  type: 'discover'
  status: ResponseStatus
  statusText: string
  /** The namespace asked for, as bytes. */
  namespace: Uint8Array
  /** Everything that may go into the answer; the dialect sends as many as fit into a frame. */
  registrations: LiveRegistration[]
}

export type Response = RegisterResponse | DiscoverResponse
