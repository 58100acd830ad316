import { type ListedNode, NODE_EXPIRY_MS } from '@rendezvous-cluster/rendezvous'

/** How long a node that was lost is told of, in milliseconds. */
export const LOST_FOR_MS = 10 * 60_000

/** Most nodes that are told of after they were lost. */
const LOST_MAX = 50

interface SeenNode {
  node: ListedNode
  /** By the steady clock of this node. */
  heardAtMs: number
}

/**
 * Nodes of a cluster that went without a word. The list of a cluster forgets them after seconds; whoever looks
 * for what has happened comes later.
 */
export class LostNodes {
  #seen = new Map<string, SeenNode>()

  /**
   * @param nodes - listed now
   * @param nowMs - of a steady clock
   * @returns `nodes`, and behind them those that were lost
   */
  withLost(nodes: readonly ListedNode[], nowMs: number): ListedNode[] {
    const listed = new Map(
      nodes.map((node) => [node.peerId, { node, heardAtMs: nowMs - node.heardMsAgo }])
    )
    const lost = [...this.#seen]
      .filter(([peerId]) => !listed.has(peerId))
      .filter(([, { heardAtMs }]) => isLost(nowMs - heardAtMs))
      .slice(-LOST_MAX)

    this.#seen = new Map([...lost, ...listed])

    return [
      ...nodes,
      ...lost.map(([, { node, heardAtMs }]) => ({ ...node, heardMsAgo: nowMs - heardAtMs }))
    ]
  }
}

/** One that was on the list until it expired. Who stops in order takes itself off the list before. */
function isLost(heardMsAgo: number): boolean {
  return heardMsAgo >= NODE_EXPIRY_MS && heardMsAgo <= LOST_FOR_MS
}
