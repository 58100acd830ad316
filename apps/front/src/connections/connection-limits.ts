/** Bounds on connections over any transport. All times in milliseconds. */
export interface ConnectionLimits {
  /** Connections of one IPv4 address or IPv6 /64 at once. Default 256. */
  perIp: number
  /** New connections of such a network per second, once the burst is used up. Default 20. */
  newPerIpAndSecond: number
  /** New connections of such a network in a row. Default 200. */
  newPerIpBurst: number
  /** Whether private and loopback addresses are held to the three limits above. Default: not. */
  limitsPrivateSources: boolean
  /** A connection without a live registration and without a request for so long is ended. Default 5 min. */
  idleMs: number
  /** Connections that may be in their handshake, and as many before it, in HTTP's. Default 1000; see `Pending`. */
  pending: number
  /** From when a handshake may begin, before any byte of it, to its end, and as long for HTTP's. Default 10 s. */
  handshakeMs: number
}

export const CONNECTION_LIMITS_DEFAULT: ConnectionLimits = {
  perIp: 256,
  newPerIpAndSecond: 20,
  newPerIpBurst: 200,
  limitsPrivateSources: false,
  idleMs: 5 * 60 * 1000,
  pending: 1000,
  handshakeMs: 10_000
}
