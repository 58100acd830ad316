/** Status of a REGISTER or DISCOVER response, with its number on the wire.
 *  @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md#protobuf */
export const ResponseStatus = {
  OK: 0,
  E_INVALID_NAMESPACE: 100,
  /** Named E_INVALID_SIGNED_PEER_RECORD in `/rendezvous/1.0.0`. */
  E_INVALID_PEER_INFO: 101,
  E_INVALID_TTL: 102,
  E_INVALID_COOKIE: 103,
  E_NOT_AUTHORIZED: 200,
  E_INTERNAL_ERROR: 300,
  E_UNAVAILABLE: 400
} as const

export type ResponseStatus = (typeof ResponseStatus)[keyof typeof ResponseStatus]

/** A status as logs and metrics show it: `OK`, or an `E_…` of the specification. */
export type ResponseStatusName = keyof typeof ResponseStatus

const names = new Map<number, ResponseStatusName>(
  Object.entries(ResponseStatus).map(([name, status]) => [status, name as ResponseStatusName])
)

/** Name of a status number, `undefined` for one that no dialect defines. */
export function responseStatusName(status: number): ResponseStatusName | undefined {
  return names.get(status)
}
