import { alignColumns } from '../align-columns.ts'
import type { DemoView, NodeView } from './demo-view.ts'

const HEAD = ['node', 'peer id', 'state', 'connections', 'registers OK', 'discovers OK']

/** Those with numbers come behind them. */
const TEXT_COLUMNS = 3

/** The state of a demo as a few lines, the same number each time. */
export function demoTable(view: DemoView): string[] {
  const { store, elapsedSeconds, seconds, nodes, namespaces, peers, checked } = view

  return [
    `${nodes.length} front nodes, ${store.description}`,
    `second ${Math.round(elapsedSeconds)} of ${seconds}: ${phase(view)}`,
    '',
    ...alignColumns([HEAD, ...nodes.map(toRow)], TEXT_COLUMNS).map((row) => `  ${row}`),
    '',
    `  peers          ${peers.alive} alive, ${peers.came} came, ${peers.went} left`,
    `  registrations  ${checked.registrations} in ${namespaces} namespaces, of peers that left lately too`,
    `  answers        ${checked.answersChecked} checked, each of a whole namespace`,
    `  found          ${checked.foundElsewhere} times through another node than registered at`,
    `  missing        ${checked.missing} that an answer had to hold`,
    `  ghosts         ${checked.ghosts} that had to be gone`,
    `  status page    ${statusPage(view)}`
  ]
}

/** The same in one line, for where nothing can be redrawn. */
export function progressLine(view: DemoView): string {
  const { elapsedSeconds, peers, checked } = view

  return [
    `${Math.round(elapsedSeconds)} s: ${peers.alive} peers`,
    `${checked.registrations} registrations`,
    `${checked.answersChecked} answers checked`,
    `${checked.foundElsewhere} found through another node`,
    `missing ${checked.missing}`,
    `ghosts ${checked.ghosts}`,
    phase(view)
  ].join(', ')
}

/** Start and end of a peer id, which all begin alike. */
export function shortPeerId(peerId: string): string {
  return peerId.length > 16 ? `${peerId.slice(0, 4)}…${peerId.slice(-6)}` : peerId
}

/** Of a node that serves: whichever it is, the page is of all of them. */
function statusPage({ nodes }: DemoView): string {
  return nodes.find(({ state }) => state === 'serving')?.sidecar ?? ''
}

function phase({ killed, peers, nodes }: DemoView): string {
  if (killed == null) {
    return 'peers come and go'
  }

  const verb = nodes.some(({ state }) => state === 'stopped') ? 'stopped' : 'killed'

  return `node ${killed.name} ${verb}, ${peers.moved} peers moved to another node`
}

function toRow({ name, peerId, state, connections, registers, discovers }: NodeView): string[] {
  return [name, shortPeerId(peerId), state, ...[connections, registers, discovers].map(String)]
}
