import {
  NAMESPACES_MAX,
  REGISTRATIONS_PER_NAMESPACE_MAX,
  REGISTRATIONS_PER_PEER_MAX
} from './limits.ts'

/** How many live registrations there may be. A refresh is accepted at any of them. */
export interface RegistrationCaps {
  /** Of one peer in all namespaces. Exact over all front nodes. */
  perPeer: number
  /** Of all peers in this namespace. Exact. */
  perNamespace: number
  /**
   * Of all peers of one IP prefix in this namespace. Exact. Default: no cap, and prefixes are not
   * kept.
   */
  perPrefix?: number
  /** Namespaces with a registration. Never passed; a few may still be free when it refuses. */
  namespaces: number
}

/**
 * For a service that is given no caps: 1000 registrations per peer, 1,000,000 in a namespace, 100,000
 * namespaces, and no cap per IP prefix.
 */
export const CAPS_DEFAULT: RegistrationCaps = {
  perPeer: REGISTRATIONS_PER_PEER_MAX,
  perNamespace: REGISTRATIONS_PER_NAMESPACE_MAX,
  namespaces: NAMESPACES_MAX
}
