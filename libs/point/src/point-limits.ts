/** Bounds on what one peer may hold open. All times in milliseconds. */
export interface PointLimits {
  /** A request without an answer for so long is answered E_UNAVAILABLE. Default 3 s. */
  requestDeadlineMs: number
  /** From the opening of a stream, or from the first byte of a frame, to the whole frame. Default 10 s. */
  frameDeadlineMs: number
  /** Between an answer and the next request. Default 150 s: Go peers poll every 2 minutes. */
  idleStreamMs: number
  /** An answer of which the peer takes nothing for so long. Default 5 s. */
  stalledWriteMs: number
  /** Streams that one connection may have open with one dialect. Default 16. */
  streamsPerConnection: number
  /** Requests on one stream. Default 10,000. */
  messagesPerStream: number
}

export const POINT_LIMITS_DEFAULT: PointLimits = {
  requestDeadlineMs: 3000,
  frameDeadlineMs: 10_000,
  idleStreamMs: 150_000,
  stalledWriteMs: 5000,
  streamsPerConnection: 16,
  messagesPerStream: 10_000
}
