import type { Namespace } from './namespace.ts'
import type { RecordKind } from './signed-peer-record/record-kind.ts'

/** One peer's claim to be found in one namespace. Unique by kind, namespace and peer. */
export interface Registration {
  /** Which kind of record it carries; kinds never mix. */
  kind: RecordKind
  namespace: Namespace
  /** The peer id as its multihash, 34 to 42 bytes. */
  peerId: Uint8Array
  /** The signed envelope exactly as the peer sent it. */
  record: Uint8Array
  /** Granted lifetime in whole seconds, at least 1. */
  ttlSeconds: number
  /** Whether a page over all namespaces shows it. */
  isListed: boolean
  /** Where it came from, by `ipPrefixOf`. Absent where that is not known, or held to no limit. */
  ipPrefix?: number
}

/** A registration as DISCOVER returns it. */
export interface LiveRegistration {
  /** The signed envelope exactly as the peer sent it. */
  record: Uint8Array
  /** What remains of the lifetime, in seconds, rounded up, at least 1 (also during the grace). */
  ttlSeconds: number
}

/** A registration as a page returns it. */
export interface PagedRegistration extends LiveRegistration {
  namespace: Namespace
  /** Its place in the order of registrations: each REGISTER, refreshes too, gets a higher one. */
  sequence: number
}

/** Seconds that remain until `expiresAtMs`, rounded up, at least 1: a zero would read as "default". */
export function remainingSeconds(expiresAtMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((expiresAtMs - nowMs) / 1000))
}
