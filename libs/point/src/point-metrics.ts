import type { ResponseStatusName } from '@rendezvous-cluster/rendezvous'

/** Why a request was refused (`peer-rate`), a stream reset or, for what it did on it, its connection ended. */
type StreamRejectReason =
  | 'peer-rate'
  | 'refused-stream'
  | 'refused-connection'
  | 'unsent-bytes'
  | 'malformed'
  | 'slow-frame'
  | 'idle-stream'
  | 'stalled-write'
  | 'messages-per-stream'

/** Why a connection was refused, held up or ended, by whatever holds the point's connections. */
type ConnectionRejectReason =
  // Refused before anything was read of it.
  | 'max-connections'
  | 'connections-per-ip'
  | 'new-connections-per-ip'
  // Ended while it was open.
  | 'idle-connection'
  | 'crowded-connection'
  | 'frame-bytes'
  | 'unread-bytes'
  | 'frame-rate'
  | 'ping-rate'
  | 'stream-rate'
  | 'stalled-connection'
  // A stream of it was reset before it had a protocol, or the connection before it had a muxer.
  | 'negotiation'
  | 'streams-per-connection'
  | 'slow-negotiation'
  // Ended within its handshake, for another.
  | 'pending-handshakes'
  // Held up until its handshake ends.
  | 'handshake-bytes'
  // Ended before it was a WebSocket.
  | 'websocket-upgrade'

/** The label of `rendezvous_rejected_total`. */
export type RejectReason = StreamRejectReason | ConnectionRejectReason

/** One request, and what became of it: a refusal is an answer too, and an UNREGISTER counts once it is done. */
export interface AnsweredRequest {
  /** Name of the dialect. */
  protocol: string
  type: 'register' | 'unregister' | 'discover'
  status: ResponseStatusName
  /** From the whole request to the answer handed to the transport. */
  seconds: number
  /** How many registrations were sent to a DISCOVER; absent for other requests. */
  results?: number
}

/** What the point counts. */
export interface PointMetrics {
  /** A request was answered. Those whose stream has ended before are not told of. */
  request(answered: AnsweredRequest): void
  /**
   * For what a peer did, a request was refused, a stream reset, or a connection refused, held up or ended. A
   * request refused for `peer-rate` is answered E_UNAVAILABLE, and told to `request` as well.
   */
  rejected(reason: RejectReason): void
  /** Streams open now. */
  streams(open: number): void
}

/** Counts nothing: for a point that was given no metrics. */
export const noPointMetrics: PointMetrics = {
  request() {},
  rejected() {},
  streams() {}
}
