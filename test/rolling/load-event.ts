import type { Acknowledgement, PeerKind } from './presence-checker.ts'

/** Times are in milliseconds since 1970: several processes tell them. */
interface At {
  atMs: number
}

/** What peers tell, ours and Go's. */
export type LoadEvent =
  /** A REGISTER was granted. */
  | ({ event: 'acknowledged' } & Acknowledgement)
  /** A REGISTER failed for its peer: at every point, for our client. */
  | ({ event: 'register-failed'; kind: PeerKind; peerId: string; reason: string } & At)
  /** Our client was asked for peers; `reason` where it found nobody at any point. */
  | ({ event: 'discovered'; tookMs: number; reason?: string } & At)
  /** How requests ended on the wire, in the last moment. */
  | ({ event: 'requests'; kind: PeerKind; answered: number; closed: number } & At)
  /** A process of the load stood still: what its peers waited for may have been there. */
  | ({ event: 'stall'; tookMs: number } & At)
  /** Neither an answer nor an end within the request deadline and a second. */
  | ({ event: 'unanswered'; kind: PeerKind; tookMs: number } & At)
  | ({ event: 'connection'; kind: PeerKind; what: 'opened' | 'closed'; point: string } & At)
