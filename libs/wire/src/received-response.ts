/** A registration in a response as a client reads it: nothing in it is verified. */
export interface ReceivedRegistration {
  /** Absent from servers that leave out what was asked for. */
  namespace?: Uint8Array
  signedPeerRecord: Uint8Array
  /** Seconds, as sent. */
  ttl?: bigint
}

/** An answer to a REGISTER as it was sent: its `ttl` may be absent, or outside of what the dialect allows. */
export interface ReceivedRegisterResponse {
  type: 'register'
  /** A `ResponseStatus`, or a number that a newer server knows. */
  status: number
  statusText: string
  /** Seconds, as sent. */
  ttl?: bigint
}

/** An answer to a DISCOVER as it was sent: it may hold what was not asked for, and one peer several times. */
export interface ReceivedDiscoverResponse {
  type: 'discover'
  /** A `ResponseStatus`, or a number that a newer server knows. */
  status: number
  statusText: string
  registrations: ReceivedRegistration[]
  /** Where the next page begins: to be sent back as it is. Absent in dialects that sample. */
  cookie?: Uint8Array
}

/** What a client reads from a frame, told apart by `type`: which need not be the type of its request. */
export type ReceivedResponse = ReceivedRegisterResponse | ReceivedDiscoverResponse
