import type { TtlBounds } from './dialect-rules.ts'
import type { PeerSession } from './peer-session.ts'

/** What an operator lays down for one namespace. What is left out stays as it is for others. */
export interface NamespacePolicy {
  /** Nobody may register or discover here. UNREGISTER works all the same. Default false. */
  isDenied?: boolean
  /** Whether a peer may register, by its id as multihash. Default: every peer may. */
  mayRegister?: (peerId: Uint8Array) => boolean
  /**
   * Whether a record with these addresses, as binary multiaddrs, may be registered over this
   * connection. A record is signed, so it is taken or refused whole. Default: it may.
   */
  takesAddresses?: (addresses: readonly Uint8Array[], session: PeerSession) => boolean
  /** Narrow the dialect's bounds and replace its default. Whole seconds. */
  ttlSeconds?: Partial<TtlBounds>
  /** Live registrations of all peers; a refresh is always accepted. Default: the service's cap. */
  registrationsMax?: number
  /** Whether DISCOVER of all namespaces may show it. Default true; other conditions stand. */
  isListed?: boolean
}
