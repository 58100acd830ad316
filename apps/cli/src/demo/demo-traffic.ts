import type { DemoNodeName } from './demo-cluster.ts'

/** What all peers together have at one front node. */
export interface NodeTraffic {
  connections: number
  /** Answered OK. */
  registers: number
  /** Answered OK. */
  discovers: number
}

/** What the peers of a demo count. */
export class DemoTraffic {
  readonly #byNode = new Map<DemoNodeName, NodeTraffic>()
  /** Peers that lost their node and went on at another one. */
  moved = 0
  /** Connections and requests that failed, and were tried again. */
  failed = 0
  /** Why the last of them did. */
  lastFailure = ''

  at(node: DemoNodeName): NodeTraffic {
    const known = this.#byNode.get(node) ?? { connections: 0, registers: 0, discovers: 0 }

    this.#byNode.set(node, known)

    return known
  }

  fail(error: unknown): void {
    this.failed++
    this.lastFailure = error instanceof Error ? error.message : String(error)
  }
}
