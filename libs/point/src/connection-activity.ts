import { GRACE_MS, type Outcome, ResponseStatus } from '@rendezvous-cluster/rendezvous'

/** What a peer has used a connection for. Times are those of the point's steady clock. */
export interface ConnectionActivity {
  /** When its last request was answered. */
  usedAtMs: number
  /**
   * Until when the last of the registrations made through it lives, 0 without one. What the peer
   * takes back before is not known here.
   */
  liveUntilMs: number
}

/** A connection's activity once a request has been answered on it. */
export function withAnswer(
  activity: ConnectionActivity | undefined,
  outcome: Outcome,
  nowMs: number
): ConnectionActivity {
  return {
    usedAtMs: nowMs,
    liveUntilMs: Math.max(activity?.liveUntilMs ?? 0, livesUntilMs(outcome, nowMs))
  }
}

function livesUntilMs(outcome: Outcome, nowMs: number): number {
  return outcome.type === 'register' && outcome.status === ResponseStatus.OK
    ? nowMs + outcome.ttlSeconds * 1000 + GRACE_MS
    : 0
}
