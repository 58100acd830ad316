import type {
  AbortOptions,
  ComponentLogger,
  Libp2pEvents,
  PeerDiscoveryEvents,
  PeerId,
  PeerStore,
  PrivateKey
} from '@libp2p/interface'
import type { AddressManager, ConnectionManager } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { SignatureVerifier } from '@rendezvous-cluster/rendezvous'
import type { DialectName } from '@rendezvous-cluster/wire'
import type { TypedEventTarget } from 'main-event'
import type { DiscoverOptions } from './discover-peers.ts'
import type { DiscoveredPeer } from './discovered-peers.ts'
import type { FoundPeersTag } from './found-peers.ts'
import type { PointOrder, PointStatus } from './points/point.ts'
import type { RegistrationState } from './registration-keeper.ts'
import type { WatchOptions } from './watch-peers.ts'

/** What peers register under: text, or bytes as Waku's static shards have them. 1 to 256 bytes. */
export type NamespaceInput = string | Uint8Array

/** Which points a client uses, what for, and how. Only `points` has no default. */
export interface RendezvousClientInit extends FoundPeersTag {
  /**
   * Multiaddrs of rendezvous points, best with `/p2p/<peer id>`. Several addresses of one peer id
   * are one point.
   */
  points: readonly (string | Multiaddr)[]
  /**
   * In which order points are asked until one answers. Default `random`, so that the clients of a
   * cluster spread over it. `given` where some are only there for when the first do not answer.
   */
  pointOrder?: PointOrder
  /** Namespaces to be registered in while the node runs. Default: none. */
  register?: readonly NamespaceInput[]
  /** Namespaces whose peers are told of by `peer` events while the node runs. Default: none. */
  discover?: readonly NamespaceInput[]
  /**
   * At how many points at a time this peer registers and asks. Default 1, which is enough for a
   * cluster: its nodes know the same. For points that know nothing of each other take 2 or 3.
   */
  fanout?: number
  /**
   * What to speak, what is wanted most first: each point is spoken to in the first that it knows.
   * Default `['libp2p', 'waku', 'waku1']`.
   */
  dialects?: readonly DialectName[]
  /** Lifetime asked for, in whole seconds. Default: what the point gives, 2 hours for `libp2p`. */
  ttlSeconds?: number
  /**
   * Whether registrations end with the node, where the dialect has UNREGISTER. Default true. Without,
   * others find this peer until its lifetimes are over, as is right where it only starts anew.
   */
  unregisterOnStop?: boolean
  /** Where this peer can be reached. Default: what libp2p announces. */
  addresses?: () => Multiaddr[]
  /** Whether to learn the other nodes of a point's cluster from it, at most 16. Default true. */
  learnCluster?: boolean
  /**
   * For connecting to a point, and again for what it is asked: one request, or the few that it takes to find out
   * which record and lifetime a point accepts. Whole milliseconds, up to 2^31 - 1. Default 5000.
   */
  timeoutMs?: number
  /** How often namespaces are read again that are watched, in milliseconds. Default 5000. */
  watchIntervalMs?: number
  /** Default: the key's own library. */
  verifySignature?: SignatureVerifier
}

/** What the client takes from libp2p, which hands it to the function that `rendezvousClient` returns. */
export interface RendezvousClientComponents {
  peerId: PeerId
  privateKey: PrivateKey
  peerStore: PeerStore
  connectionManager: ConnectionManager
  addressManager: AddressManager
  events: TypedEventTarget<Libp2pEvents>
  logger: ComponentLogger
}

/** Which lifetime a registration is to have at its points. Without one: `ttlSeconds` of the client. */
export interface RegistrationOptions {
  /** Lifetime asked for, in whole seconds; where a point refuses it, what the point gives. */
  ttlSeconds?: number
  /** Whether a point that refuses the lifetime is left at that. Default false. */
  requireTtl?: boolean
}

/**
 * As {@link RegistrationOptions}, for whoever waits until it is granted: the signal ends that wait, and with it
 * the registration unless somebody else keeps it. Once granted it has no effect.
 */
export interface RegisterOptions extends RegistrationOptions, AbortOptions {}

/** A namespace that this peer is kept registered in, at one point. */
export interface RegistrationStatus {
  namespace: Uint8Array
  state: RegistrationState
}

/**
 * What a client tells. `peer` comes for each peer that is found, this one excepted, whoever looked for it:
 * `discover`, `watch`, or the namespaces of the client's own `discover`.
 */
export interface RendezvousEvents extends PeerDiscoveryEvents {
  /** A registration stands otherwise than before. */
  'registration:change': CustomEvent<RegistrationStatus>
}

/** Finds peers by namespace, and lets them find this one. */
export interface Rendezvous extends TypedEventTarget<RendezvousEvents> {
  /**
   * Registers this peer, and keeps it registered until {@link unregister} or the node stops:
   * refreshed at half of the lifetime, when its addresses change, and at another point when one
   * fails. Waits while there is no point or no address; {@link registrations} tells of it.
   *
   * @returns once it is registered for the first time
   * @throws RefusedError where the point refuses for good; it is then not kept
   * @throws the signal's reason once it is aborted before that; it is then not kept
   * @throws AbortError where it is unregistered, or the node stops, before that
   * @throws InvalidNamespaceError, InvalidParametersError, NotStartedError
   */
  register(namespace: NamespaceInput, options?: RegisterOptions): Promise<void>

  /**
   * As {@link register}, without waiting and without giving up.
   *
   * @throws InvalidNamespaceError, InvalidParametersError, NotStartedError
   */
  keepRegistered(namespace: NamespaceInput, options?: RegistrationOptions): void

  /**
   * Ends a registration. Points of a dialect without UNREGISTER forget it after its lifetime.
   *
   * @throws NoPointError where a point could not be told: it ends with its lifetime there
   * @throws InvalidNamespaceError, NotStartedError, or the signal's reason once it is aborted
   */
  unregister(namespace: NamespaceInput, options?: AbortOptions): Promise<void>

  /**
   * The peers of a namespace, each once, in random order, with addresses that they have signed.
   * This peer is not among them unless it is asked for.
   *
   * @throws RefusedError, NoPointError, InvalidNamespaceError, InvalidParametersError,
   * NotStartedError, or the signal's reason once it is aborted
   */
  discover(namespace: NamespaceInput, options?: DiscoverOptions): AsyncIterable<DiscoveredPeer>

  /**
   * The peers of a namespace, and further ones as they come, until the signal is aborted or the
   * loop is left. Points that fail are asked again.
   *
   * @throws RefusedError, InvalidNamespaceError, NotStartedError, or the signal's reason once it
   * is aborted
   */
  watch(namespace: NamespaceInput, options?: WatchOptions): AsyncIterable<DiscoveredPeer>

  /** What this peer is kept registered in, and how that stands. */
  readonly registrations: readonly RegistrationStatus[]

  /** The points there are, and what went wrong with each. */
  readonly points: readonly PointStatus[]
}
