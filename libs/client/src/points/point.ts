import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { RecordKind } from '@rendezvous-cluster/rendezvous'
import type { ClientDialect, DialectName } from '@rendezvous-cluster/wire'

/** One rendezvous point, and what is known of it. */
export interface Point {
  /** Its peer id as text; its address where that has none. */
  readonly key: string
  readonly peerId?: PeerId
  /** Each ends in `/p2p/<peer id>` where that is known. */
  multiaddrs: Multiaddr[]
  readonly source: PointSource
  /** What it was found to speak; forgotten when it fails. */
  dialect?: ClientDialect
  /** What it takes as a peer record, where its dialect has several; forgotten when it fails. */
  recordKind?: RecordKind
  /** In a row. */
  failures: number
  /** Not asked before this time unless no other is left, in milliseconds since 1970. */
  retryAtMs: number
  /** What the last of its failures was; stays when it answers again. */
  lastError?: Error
  /** Registrations it answered with that proved nothing. */
  invalidRegistrations: number
}

/** Given by the application, or named by such a point as another node of its cluster. */
export type PointSource = 'configured' | 'learned'

/** In which order points are asked: drawn anew each time, or as the application gives them. */
export type PointOrder = 'random' | 'given'

/** What an application can see of a point. */
export interface PointStatus {
  peerId?: string
  multiaddrs: string[]
  source: PointSource
  /** Whether requests go to it. */
  isCurrent: boolean
  /** The dialect in use, once known. */
  dialect?: DialectName
  /** In a row. */
  failures: number
  /** Milliseconds since 1970; absent while it works. */
  retryAtMs?: number
  lastError?: Error
  invalidRegistrations: number
}
