import type { Multiaddr } from '@multiformats/multiaddr'

/** Front nodes of a demo. */
export const DEMO_NODES = ['A', 'B', 'C'] as const

export type DemoNodeName = (typeof DEMO_NODES)[number]

/** `ended`: by itself, which is not part of the demo. */
export type DemoNodeState = 'serving' | 'killed' | 'stopped' | 'ended'

/** One front node, as peers and the table see it. */
export interface DemoNode {
  name: DemoNodeName
  peerId: string
  /** Ends in `/p2p/<peerId>`. */
  point: Multiaddr
  /** URL of its status page. */
  sidecar: string
  readonly state: DemoNodeState
}

/** Three front nodes on one store. */
export interface DemoCluster {
  nodes: readonly DemoNode[]
  /** For people: what the nodes share. */
  description: string
  kind: 'redis' | 'memory'
  /** Ends a node without any notice to its peers, as far as the cluster can. */
  kill(node: DemoNode): Promise<void>
  /** Ends all that was started. Never rejects. */
  stop(): Promise<void>
}
