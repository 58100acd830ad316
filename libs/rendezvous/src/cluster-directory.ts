import type { NodeFigures } from './node-figures.ts'
import type { LiveRegistration } from './registration.ts'
import type { StoreOptions } from './registration-store.ts'

/**
 * Where a cluster lists its own nodes. Nobody can register there, and DISCOVER in it returns the
 * nodes themselves.
 */
export const CLUSTER_NAMESPACE = 'rendezvous/cluster'

/** A node that was not announced for so long is gone, in milliseconds. */
export const NODE_EXPIRY_MS = 10_000

/** How often a node announces itself, in milliseconds. */
export const NODE_REFRESH_MS = 3000

/** Highest place of a node in the order in which pages show them; the lowest is 1. */
export const NODE_PLACE_MAX = 2 ** 48 - 1

/** A node as DISCOVER returns it. */
export interface ClusterRegistration extends LiveRegistration {
  /**
   * Its place, up to {@link NODE_PLACE_MAX}: of its own, and the same one at every node, so that
   * pages show each node once whoever comes and goes between them.
   */
  sequence: number
}

/** One front node, as the others see it. */
export interface ClusterNode {
  peerId: string
  /** Differs for each start of a node: two at a time with one peer id are a mistake. */
  instance: string
  /** Name of the machine, to tell such two apart. */
  host: string
  /** A signed PeerRecord of the addresses it announces. */
  record: Uint8Array
  /** The same addresses, each ending in `/p2p/<peerId>`. Empty before the node listens. */
  multiaddrs: string[]
  version: string
  /** Whether it is about to stop. */
  isDraining: boolean
  /** By its own clock, in milliseconds since 1970. */
  startedAtMs: number
  /** Absent of nodes that have none yet, or are of a version without. */
  figures?: NodeFigures
}

/** A node that was announced lately. */
export interface ListedNode extends ClusterNode {
  /** How long ago that was, in milliseconds; below {@link NODE_EXPIRY_MS}. */
  heardMsAgo: number
}

/** The nodes of a cluster. Each method throws `UnavailableError` when the store can't answer. */
export interface ClusterDirectory {
  /**
   * Shows a node to the others for {@link NODE_EXPIRY_MS}. Does nothing while another instance
   * holds its peer id.
   *
   * @returns that other instance
   */
  announce(node: ClusterNode, options?: StoreOptions): Promise<ClusterNode | undefined>

  /** Takes a node off the list, unless another instance holds its peer id. */
  withdraw(node: ClusterNode, options?: StoreOptions): Promise<void>

  /** All nodes that were announced lately, by peer id. */
  list(options?: StoreOptions): Promise<ListedNode[]>
}
