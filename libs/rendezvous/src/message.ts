import type { LiveRegistration } from './registration.ts'
import type { ResponseStatus } from './response-status.ts'
import type { RecordKind } from './signed-peer-record/record-kind.ts'

/** Asks to be found. An absent field is `undefined`; nothing is validated yet. */
export interface RegisterRequest {
  type: 'register'
  namespace?: Uint8Array
  signedPeerRecord?: Uint8Array
  /** Seconds. Absent or zero asks for the default. */
  ttl?: bigint
}

/** Asks to be found no more. There is no response. */
export interface UnregisterRequest {
  type: 'unregister'
  /** Absent or empty: in all namespaces. */
  namespace?: Uint8Array
  /** Of older peers: whom to unregister. Nobody but themselves. */
  peerId?: Uint8Array
}

/** Where a page begins. `'invalid'` stands for a cookie that can't be read. */
export type ReadFrom = PageStart | 'invalid'

/** How far a reader has come. */
export interface PageStart {
  /** The sequence above which a page begins. */
  cursor: number
  /** Whose sequence that is; `undefined` where the reader has not been told. */
  kind?: RecordKind
}

/** Asks for peers. An absent field is `undefined`; nothing is validated yet. */
export interface DiscoverRequest {
  type: 'discover'
  /** Absent or empty: all namespaces, in a dialect that knows them. */
  namespace?: Uint8Array
  /** Absent, zero or negative asks for as many as the server gives. */
  limit?: bigint
  /** Absent: from the start. For dialects that page. */
  from?: ReadFrom
  /** What a client sends for `from`: the cookie as it was received. */
  cookie?: Uint8Array
}

/**
 * What a peer asks for, told apart by `type`, in the same form whatever the dialect. Read from the wire it is
 * whatever the peer sent; `RendezvousService` checks it by the rules of the dialect.
 *
 * @see https://github.com/libp2p/specs/blob/master/rendezvous/README.md#protobuf
 */
export type Request = RegisterRequest | UnregisterRequest | DiscoverRequest

/** The answer to a REGISTER, refused or not. Its `statusText` is for people, and empty where the status is OK. */
export interface RegisterResponse {
  type: 'register'
  status: ResponseStatus
  statusText: string
  /** The granted lifetime in seconds, 0 unless the status is OK. */
  ttlSeconds: number
}

/** A registration in an answer. */
export interface FoundRegistration extends LiveRegistration {
  /** The namespace it is in, as bytes. */
  namespace: Uint8Array
  /** Its place in the order, in an answer that is a page. */
  sequence?: number
}

/** The answer to a DISCOVER: a page, or a random sample. Of another status than OK it holds no registrations. */
export interface DiscoverResponse {
  type: 'discover'
  status: ResponseStatus
  statusText: string
  /** The namespace asked for, as bytes; empty for all. */
  namespace: Uint8Array
  /**
   * Everything that may go into the answer; the dialect sends as many as fit into a frame. A page is
   * in the order of its sequences.
   */
  registrations: FoundRegistration[]
  /** Of a page: where the next one begins if all of this one is sent. */
  cursor?: number
  /** Of a page: what its registrations carry; `undefined` where there are none of any kind. */
  kind?: RecordKind
}

/** What a peer is sent, told apart by `type`. There is none to an UNREGISTER. */
export type Response = RegisterResponse | DiscoverResponse

/** How an UNREGISTER went. The peer is told nothing of it. */
export interface Unregistered {
  type: 'unregister'
  status: ResponseStatus
}

/** What became of a request. */
export type Outcome = Response | Unregistered
