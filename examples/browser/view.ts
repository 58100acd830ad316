/** What the page shows. Nothing of libp2p happens here. */
import type { Libp2p } from '@libp2p/interface'
import type {
  DiscoveredPeer,
  PointStatus,
  RegistrationStatus,
  Rendezvous
} from '@rendezvous-cluster/client'

const NAMESPACE_DEFAULT = 'example'

export interface FormValues {
  /** Empty: nothing to join yet. */
  point: string
  namespace: string
  /** Empty: none. */
  relay: string
}

export interface PageState {
  node: Libp2p
  rendezvous: Rendezvous
  /** By peer id, in the order in which they were found. */
  peers: ReadonlyMap<string, DiscoveredPeer>
  namespace: string
  relay: string
  relayFailed: boolean
}

type Tone = 'good' | 'waiting' | 'bad'

/** Puts the values of the URL into the form, and says what they are. */
export function readForm(query: URLSearchParams): FormValues {
  const value = (name: string): string => query.get(name)?.trim() ?? ''
  const values = {
    point: value('point'),
    namespace: value('namespace') || NAMESPACE_DEFAULT,
    relay: value('relay')
  }

  for (const [name, text] of Object.entries(values)) {
    byId<HTMLInputElement>(name).value = text
  }

  return values
}

/** What ends it all: a form that cannot be right, or a point that refuses. */
export function showProblem(error: Error): void {
  const problem = byId('problem')

  problem.hidden = false
  problem.textContent = `${sentence(error.message)} Change the form above and join again.`
}

/** Aborted when the button to leave is pressed. */
export function leaving(): AbortSignal {
  const left = new AbortController()

  byId('leave').onclick = () => left.abort()

  return left.signal
}

export function hideState(): void {
  document.body.classList.remove('joined')
}

export function showState(state: PageState): void {
  const { node, rendezvous, peers, namespace } = state
  const connected = new Set(node.getPeers().map(String))

  document.body.classList.add('joined')
  byId('peer-id').textContent = node.peerId.toString()
  status('registration', registrationText(rendezvous.registrations[0], state))
  byId('addresses').replaceChildren(...addressItems(node.getMultiaddrs().map(String)))
  byId('points').replaceChildren(...rendezvous.points.map(pointItem))
  byId('peers-of').textContent = namespace
  byId('peer-count').textContent = String(peers.size)
  byId('nobody').hidden = peers.size > 0
  showPeers(peers, connected)
}

function registrationText(
  registration: RegistrationStatus | undefined,
  { relay, relayFailed }: PageState
): [Tone, string] {
  const state = registration?.state

  switch (state?.status) {
    case 'active':
      return ['good', `Registered until ${time(state.expiresAtMs)}, and renewed before.`]
    case 'failing':
      return ['bad', `${sentence(state.error.message)} It is tried again.`]
    case 'pending':
      return pendingText(relay, relayFailed)
    default:
      return ['waiting', 'Asking the point…']
  }
}

function pendingText(relay: string, relayFailed: boolean): [Tone, string] {
  if (relay === '') {
    return [
      'waiting',
      'Not registered: others would have no address to reach this page at. Give it a relay above. ' +
        'This page finds others all the same.'
    ]
  }

  if (relayFailed) {
    return [
      'bad',
      'Not registered: the relay cannot be reached. Does it run, and does it listen on WebSockets ' +
        'at the address above? Then join again.'
    ]
  }

  return [
    'waiting',
    'Waiting for an address at the relay. If this lasts, it is no circuit relay, or it is full.'
  ]
}

function pointItem(point: PointStatus): HTMLElement {
  const item = document.createElement('li')
  const [tone, text] = pointText(point)

  item.append(statusElement(tone, text), code(point.multiaddrs[0] ?? point.peerId ?? ''))

  return item
}

function pointText(point: PointStatus): [Tone, string] {
  const { isCurrent, dialect, failures, lastError, multiaddrs, retryAtMs, source } = point

  if (failures > 0) {
    const again = retryAtMs == null ? '' : ` It is tried again at ${time(retryAtMs)}.`
    const { message } = (lastError?.cause ?? lastError) as Error
    const hint = multiaddrs.some((address) => /\/wss?(\/|$)/.test(address))
      ? ''
      : ' A page needs an address that has /ws in it.'

    return ['bad', `${sentence(message)}${hint}${again}`]
  }

  if (isCurrent) {
    return ['good', dialect == null ? 'Connected.' : `Connected, speaks “${dialect}”.`]
  }

  return source === 'learned'
    ? ['waiting', 'Another node of the same cluster, kept in reserve.']
    : ['waiting', 'Connecting…']
}

/** Items that are there stay, so that opened details stay open. */
function showPeers(
  peers: ReadonlyMap<string, DiscoveredPeer>,
  connected: ReadonlySet<string>
): void {
  const list = byId('peers')

  for (const [peerId, { multiaddrs }] of peers) {
    const addresses = multiaddrs.map(String)
    const known = list.querySelector<HTMLElement>(`[data-peer="${peerId}"]`)
    const item =
      known?.dataset.addresses === String(addresses) ? known : peerItem(peerId, addresses)

    item.classList.toggle('connected', connected.has(peerId))

    if (known == null) {
      list.prepend(item)
    } else if (known !== item) {
      known.replaceWith(item)
    }
  }
}

function peerItem(peerId: string, addresses: string[]): HTMLElement {
  const item = document.createElement('li')
  const details = document.createElement('details')
  const summary = document.createElement('summary')
  const found = document.createElement('time')
  const list = document.createElement('ul')

  item.dataset.peer = peerId
  item.dataset.addresses = String(addresses)
  found.textContent = `found ${time(Date.now())}`
  list.className = 'addresses'
  list.append(...addressItems(addresses))
  summary.append(code(peerId), found)
  details.append(summary, list)
  item.append(details)

  return item
}

function addressItems(addresses: string[]): HTMLElement[] {
  return addresses.map((address) => {
    const item = document.createElement('li')

    item.append(code(address))

    return item
  })
}

function status(id: string, [tone, text]: [Tone, string]): void {
  byId(id).replaceChildren(statusElement(tone, text))
}

function statusElement(tone: Tone, text: string): HTMLElement {
  const element = document.createElement('span')

  element.className = `status ${tone}`
  element.textContent = text

  return element
}

function code(text: string): HTMLElement {
  const element = document.createElement('code')

  element.textContent = text

  return element
}

function time(ms: number): string {
  return new Date(ms).toLocaleTimeString()
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)

  return /[.!?…]$/.test(begun) ? begun : `${begun}.`
}

function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T
}
