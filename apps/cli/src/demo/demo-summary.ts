import { shortPeerId } from './demo-table.ts'
import type { DemoView } from './demo-view.ts'

/** What a demo has shown, as `--json` prints it. */
export interface DemoSummary {
  /** Whether nothing was lost, and something was checked. */
  ok: boolean
  verdict: string
  /** The signal that ended it early. */
  interruptedBy?: string
  seconds: number
  store: 'redis' | 'memory'
  nodes: { name: string; peerId: string; state: string; registers: number; discovers: number }[]
  peersCame: number
  peersLeft: number
  peersMoved: number
  registrationsAcknowledged: number
  answersChecked: number
  foundThroughAnotherNode: number
  nodeKilled?: { name: string; peerId: string; afterSeconds: number }
  missing: number
  ghosts: number
  /** Registrations that ended because their peer could not refresh them in time. */
  lapsed: number
  /** Connections and requests that failed, and were tried again. */
  failed: number
}

export function summarize(view: DemoView, interruptedBy?: string): DemoSummary {
  const { nodes, peers, checked, killed } = view
  const losses = lossesOf(view, interruptedBy != null)

  return {
    ok: losses.length === 0,
    verdict: losses.length === 0 ? 'nothing was lost' : `LOST: ${losses.join(', ')}`,
    interruptedBy,
    seconds: round(view.elapsedSeconds),
    store: view.store.kind,
    nodes: nodes.map(({ connections: _, ...node }) => node),
    peersCame: peers.came,
    peersLeft: peers.went,
    peersMoved: peers.moved,
    registrationsAcknowledged: checked.acknowledged,
    answersChecked: checked.answersChecked,
    foundThroughAnotherNode: checked.foundElsewhere,
    nodeKilled: killed && {
      name: killed.name,
      peerId: nodes.find(({ name }) => name === killed.name)?.peerId ?? '',
      afterSeconds: round(killed.afterSeconds)
    },
    missing: checked.missing,
    ghosts: checked.ghosts,
    lapsed: checked.lapsed,
    failed: view.failed.times
  }
}

/** The summary for people. */
export function summaryText(view: DemoView, summary: DemoSummary): string {
  const { interruptedBy, verdict, nodeKilled } = summary
  const how = view.store.kind === 'redis' ? 'killed' : 'stopped abruptly'
  const end = interruptedBy == null ? '' : `, ended by ${interruptedBy}`

  return [
    `${view.nodes.length} front nodes, ${view.store.description}; ${summary.seconds} s${end}`,
    `  ${summary.peersCame} peers came, ${summary.peersLeft} of them left, every other one without a word`,
    `  ${summary.registrationsAcknowledged} registrations were acknowledged, each for ${view.ttlSeconds} s`,
    `  ${summary.answersChecked} answers were checked, each of a whole namespace`,
    `  ${summary.foundThroughAnotherNode} times a peer was found through another node than it registered at`,
    nodeKilled == null
      ? '  no node was killed'
      : `  node ${nodeKilled.name} (${shortPeerId(nodeKilled.peerId)}) was ${how} after ` +
        `${nodeKilled.afterSeconds} s; ${summary.peersMoved} peers moved to another node`,
    `  missing: ${summary.missing}, ghosts: ${summary.ghosts}`,
    ...view.checked.losses.map((loss) => `  ${loss}`),
    verdict
  ].join('\n')
}

function lossesOf({ checked, failed }: DemoView, wasInterrupted: boolean): string[] {
  const { missing, ghosts, lapsed, answersChecked } = checked
  const losses = [
    missing > 0 && `registrations were missing in answers (${missing} times)`,
    ghosts > 0 && `answers held peers that were long gone (${ghosts} times)`,
    lapsed > 0 && `registrations ended before they could be refreshed (${lapsed} times)`,
    // Who checks nothing finds nothing missing.
    answersChecked === 0 &&
      !wasInterrupted &&
      `no answer was checked (last failure: ${failed.last})`
  ]

  return losses.filter((loss) => loss !== false)
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
