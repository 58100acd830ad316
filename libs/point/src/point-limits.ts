import { REQUEST_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'

/** Bounds on what one peer may hold open and cause. All times in milliseconds. */
export interface PointLimits {
  /** A request without an answer for so long is answered E_UNAVAILABLE. Default 3 s. */
  requestDeadlineMs: number
  /** From the opening of a stream, or from the first byte of a frame, to the whole frame. Default 10 s. */
  frameDeadlineMs: number
  /** Between an answer and the next request. Default 150 s: Go peers poll every 2 minutes. */
  idleStreamMs: number
  /** An answer of which the peer takes nothing for so long. Default 5 s. */
  stalledWriteMs: number
  /** Longest request, without its length prefix. Default 8 KiB. */
  frameBytesMax: number
  /** Streams that one connection may have open. Default 16. */
  streamsPerConnection: number
  /** Requests on one stream. Default 10,000. */
  messagesPerStream: number
  /** Of one peer on this node, over all its connections: what requests cost. Default 150/s, burst 1,500. */
  costUnits: Rate
  /** Of one peer on this node, over all its connections: bytes of answers. Default 4 MiB/s, burst 16 MiB. */
  bytesOut: Rate
  /** Bytes of answers that one connection has not taken yet. Default 2 MiB. */
  unsentBytesPerConnection: number
  /** The same of all connections; beyond, the one with the most is ended. Default 256 MiB. */
  unsentBytes: number
  /** Bytes received of all connections and not yet read; beyond, the one with the most is ended. Default 64 MiB. */
  unreadBytes: number
}

/** What flows into a bucket, and what fits into it. A bucket begins full. */
export interface Rate {
  perSecond: number
  burst: number
}

const MIB = 1024 * 1024

/** What holds where a point is given no limit of its own. {@link PointLimits} says what each value is for. */
export const POINT_LIMITS_DEFAULT: PointLimits = {
  requestDeadlineMs: 3000,
  frameDeadlineMs: 10_000,
  idleStreamMs: 150_000,
  stalledWriteMs: 5000,
  frameBytesMax: REQUEST_FRAME_BYTES_MAX,
  streamsPerConnection: 16,
  messagesPerStream: 10_000,
  costUnits: { perSecond: 150, burst: 1500 },
  bytesOut: { perSecond: 4 * MIB, burst: 16 * MIB },
  unsentBytesPerConnection: 2 * MIB,
  unsentBytes: 256 * MIB,
  unreadBytes: 64 * MIB
}
