import {
  type ClusterDirectory,
  type ClusterNode,
  type ListedNode,
  NODE_EXPIRY_MS
} from '@rendezvous-cluster/rendezvous'

/** The nodes of one process: one as a rule, more where they share a store in memory. */
export class MemoryDirectory implements ClusterDirectory {
  readonly #nodes = new Map<string, { node: ClusterNode; expiresAtMs: number }>()
  readonly #now: () => number

  /** @param now - a steady clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  async announce(node: ClusterNode): Promise<ClusterNode | undefined> {
    const holder = this.#holderOf(node)

    if (holder == null) {
      this.#nodes.set(node.peerId, { node, expiresAtMs: this.#now() + NODE_EXPIRY_MS })
    }

    return holder
  }

  async withdraw(node: ClusterNode): Promise<void> {
    if (this.#holderOf(node) == null) {
      this.#nodes.delete(node.peerId)
    }
  }

  async list(): Promise<ListedNode[]> {
    const nowMs = this.#now()

    return [...this.#nodes.values()]
      .filter(({ expiresAtMs }) => expiresAtMs > nowMs)
      .map(({ node, expiresAtMs }) => ({
        ...node,
        heardMsAgo: NODE_EXPIRY_MS - (expiresAtMs - nowMs)
      }))
      .sort((one, other) => (one.peerId < other.peerId ? -1 : 1))
  }

  /** Another live instance with the same peer id. */
  #holderOf({ peerId, instance }: ClusterNode): ClusterNode | undefined {
    const known = this.#nodes.get(peerId)

    return known != null && known.expiresAtMs > this.#now() && known.node.instance !== instance
      ? known.node
      : undefined
  }
}
