/** A registration in a response as a client reads it: nothing in it is verified. */
export interface ReceivedRegistration {
  /** Absent from servers that leave out what was asked for. */
  namespace?: Uint8Array
  signedPeerRecord: Uint8Array
  /** Seconds, as sent. */
  ttl?: bigint
}

export interface ReceivedRegisterResponse {
  type: 'register'
  /** A `ResponseStatus`, or a number that a newer server knows. */
  status: number
  statusText: string
  /** Seconds, as sent. */
  ttl?: bigint
}

export interface ReceivedDiscoverResponse {
  type: 'discover'
  /** A `ResponseStatus`, or a number that a newer server knows. */
  status: number
  statusText: string
  registrations: ReceivedRegistration[]
  /** Where the next page begins: to be sent back as it is. Absent in dialects that sample. */
  cookie?: Uint8Array
}

export type ReceivedResponse = ReceivedRegisterResponse | ReceivedDiscoverResponse
