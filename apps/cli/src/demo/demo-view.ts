import type { CheckerFigures } from './demo-checker.ts'
import type { DemoNodeName, DemoNodeState } from './demo-cluster.ts'
import type { NodeTraffic } from './demo-traffic.ts'

/** A front node as it is shown. */
export interface NodeView extends NodeTraffic {
  name: DemoNodeName
  peerId: string
  state: DemoNodeState
  /** URL of its status page. */
  sidecar: string
}

/** All that is shown of a demo at one time. */
export interface DemoView {
  /** What the nodes share, for people. */
  store: { kind: 'redis' | 'memory'; description: string }
  elapsedSeconds: number
  /** How long it is to last. */
  seconds: number
  nodes: readonly NodeView[]
  namespaces: number
  ttlSeconds: number
  peers: { alive: number; came: number; went: number; moved: number }
  checked: CheckerFigures
  /** Connections and requests that failed, and were tried again. */
  failed: { times: number; last: string }
  /** The node that was killed, and when. */
  killed?: { name: DemoNodeName; afterSeconds: number }
}
