import type { ResponseStatusName } from '@rendezvous-cluster/rendezvous'

/**
 * Why a request was refused (`peer-rate`), a stream reset, a connection ended (`refused-connection`,
 * `unsent-bytes`), held up until its handshake ends (`handshake-bytes`) or ended before it was a
 * WebSocket (`websocket-upgrade`); the label of `rendezvous_rejected_total`.
 */
export type RejectReason =
  | 'peer-rate'
  | 'refused-stream'
  | 'refused-connection'
  | 'unsent-bytes'
  | 'malformed'
  | 'slow-frame'
  | 'idle-stream'
  | 'stalled-write'
  | 'messages-per-stream'
  | 'handshake-bytes'
  | 'websocket-upgrade'

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
  request(answered: AnsweredRequest): void
  rejected(reason: RejectReason): void
  /** Streams open now. */
  streams(open: number): void
}

export const noPointMetrics: PointMetrics = {
  request() {},
  rejected() {},
  streams() {}
}
