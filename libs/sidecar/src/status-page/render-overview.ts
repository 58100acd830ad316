import type { ClusterOverview, NodeOverview } from '../cluster-overview.ts'
import { formatCount, formatDuration, formatMs, formatRate } from './format-figures.ts'
import { type Html, html } from './html.ts'
import { type Condition, nodeState } from './node-state.ts'

/** Letters at the end of a peer id that tell nodes apart: all of a kind begin alike. */
const PEER_ID_SHOWN = 8

/** How wide a bar is drawn at most; the picture is stretched to its place. */
const BAR_WIDTH = 100

/** Says in one sentence how a cluster is, the worst first. */
export function conditionOf({ nodes, store }: ClusterOverview): {
  condition: Condition
  text: string
} {
  const silent = nodes.filter((node) => node.silent)
  const draining = nodes.filter((node) => !node.silent && node.draining)

  if (!store.up) {
    return {
      condition: 'bad',
      text: 'The store does not answer: requests are refused until it does'
    }
  }

  if (silent.length > 0) {
    return { condition: 'bad', text: `${countOf(silent.length, 'node')} of ${nodes.length} gone` }
  }

  if (draining.length > 0) {
    return { condition: 'warning', text: `${countOf(draining.length, 'node')} draining` }
  }

  return {
    condition: 'good',
    text: nodes.length === 1 ? 'The node serves' : `All ${nodes.length} nodes serve`
  }
}

/**
 * The part of the status page that changes. The server makes it for the first view and the page itself for each
 * one after, so both must be able to load this.
 */
export function renderOverview(overview: ClusterOverview): Html {
  return html`${renderSummary(overview)}
${renderNodes(overview.nodes)}
<div class="columns">
${renderRequests(overview)}
<div>
${renderStore(overview)}
${renderRejected(overview)}
</div>
</div>`
}

function renderSummary(overview: ClusterOverview): Html {
  const { condition, text } = conditionOf(overview)
  const { nodes, registrations, namespaces, connections, requestsPerSecond, p50Ms, p99Ms } =
    overview
  const serving = nodes.filter(({ silent, draining }) => !silent && !draining).length

  return html`<p class="condition ${condition}" id="condition"><span aria-hidden="true" class="dot"></span>${text}</p>
<dl class="figures" id="figures">
${figure('Nodes that serve', `${serving} / ${nodes.length}`)}
${figure('Registrations', formatCount(registrations))}
${figure('Namespaces', formatCount(namespaces))}
${figure('Connections', formatCount(connections))}
${figure('Requests per second', formatRate(requestsPerSecond))}
${figure('Answer time p50', formatMs(p50Ms))}
${figure('Answer time p99', formatMs(p99Ms))}
</dl>`
}

function figure(name: string, value: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

function renderNodes(nodes: readonly NodeOverview[]): Html {
  return html`<section aria-labelledby="nodes-title" id="nodes">
<h2 id="nodes-title">Nodes</h2>
${
  nodes.length === 0
    ? html`<p class="none">No node has announced itself yet.</p>`
    : html`<table class="nodes">
<thead><tr><th scope="col">Node</th><th scope="col">State</th><th class="number" scope="col">Connections</th><th class="number" scope="col">Requests/s</th><th class="number" scope="col">Up for</th><th scope="col">Version</th></tr></thead>
<tbody>${nodes.map(renderNode)}</tbody>
</table>`
}
</section>`
}

function renderNode(node: NodeOverview): Html {
  const {
    peerId,
    multiaddrs,
    version,
    uptimeSeconds,
    self,
    silent,
    connections,
    requestsPerSecond
  } = node
  const state = nodeState(node)

  return html`<tr id="node-${peerId}">
<th data-label="Node" scope="row"><details><summary><span class="peer-id" title="${peerId}">…${peerId.slice(-PEER_ID_SHOWN)}</span>${self && html` <span class="self">answers here</span>`}</summary>
<div class="addresses">${copyable(peerId)}${multiaddrs.map(copyable)}</div></details></th>
<td data-label="State"><span class="state ${state.condition}"><span aria-hidden="true" class="dot"></span>${state.text}</span></td>
<td class="number" data-label="Connections">${formatCount(connections)}</td>
<td class="number" data-label="Requests/s">${formatRate(requestsPerSecond)}</td>
<td class="number" data-label="Up for">${silent ? '–' : formatDuration(uptimeSeconds)}</td>
<td data-label="Version">${version}</td>
</tr>`
}

function copyable(text: string): Html {
  return html`<div class="copyable"><code>${text}</code><button class="copy" data-copy="${text}" type="button">Copy</button></div>`
}

function renderRequests({ requests }: ClusterOverview): Html {
  const most = requests[0]?.perSecond ?? 0

  return html`<section aria-labelledby="requests-title" id="requests">
<h2 id="requests-title">Requests by dialect and answer</h2>
${
  requests.length === 0
    ? html`<p class="none">Nobody has asked in the last seconds.</p>`
    : html`<table>
<thead><tr><th scope="col">Dialect</th><th scope="col">Request</th><th scope="col">Answer</th><th class="number" scope="col">Per second</th><td></td></tr></thead>
<tbody>${requests.map(
        ({ protocol, type, status, perSecond }) => html`<tr>
<th scope="row">${protocol}</th><td>${type.toUpperCase()}</td><td class="${status === 'OK' ? 'ok' : 'refusal'}">${status}</td><td class="number">${formatRate(perSecond)}</td><td>${bar(perSecond, most)}</td>
</tr>`
      )}</tbody>
</table>`
}
</section>`
}

function renderStore({ store }: ClusterOverview): Html {
  return html`<section aria-labelledby="store-title" id="store">
<h2 id="store-title">Store</h2>
<table>
<tbody>
<tr><th scope="row">Kind</th><td>${store.kind}</td></tr>
<tr><th scope="row">State</th><td><span class="state ${store.up ? 'good' : 'bad'}"><span aria-hidden="true" class="dot"></span>${store.up ? 'answers' : 'does not answer'}</span></td></tr>
<tr><th scope="row">Operations per second</th><td>${formatRate(store.operationsPerSecond)}</td></tr>
<tr><th scope="row">Operation time p50 / p99</th><td>${formatMs(store.p50Ms)} / ${formatMs(store.p99Ms)}</td></tr>
${store.errors.map(
  ({ kind, perSecond }) =>
    html`<tr><th scope="row">Errors: ${kind}</th><td class="refusal">${formatRate(perSecond)} per second</td></tr>`
)}
</tbody>
</table>
</section>`
}

function renderRejected({ rejected }: ClusterOverview): Html {
  const most = rejected[0]?.perSecond ?? 0

  return html`<section aria-labelledby="rejected-title" id="rejected">
<h2 id="rejected-title">Refused, by reason</h2>
${
  rejected.length === 0
    ? html`<p class="none">Nothing in the last seconds.</p>`
    : html`<table>
<thead><tr><th scope="col">Reason</th><th class="number" scope="col">Per second</th><td></td></tr></thead>
<tbody>${rejected.map(
        ({ reason, perSecond }) => html`<tr>
<th scope="row">${reason}</th><td class="number">${formatRate(perSecond)}</td><td>${bar(perSecond, most)}</td>
</tr>`
      )}</tbody>
</table>`
}
</section>`
}

/** Not a `style`, which the page's policy does not allow. */
function bar(value: number, most: number): Html {
  const width = most === 0 ? 0 : (value / most) * BAR_WIDTH

  return html`<svg aria-hidden="true" class="bar" preserveAspectRatio="none" viewBox="0 0 ${BAR_WIDTH} 1"><rect height="1" width="${width.toFixed(1)}"></rect></svg>`
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
