// The status page, once it is open: drawn anew whenever the sidecar tells what the cluster is like.
import morphdom from 'morphdom'
import type { ClusterOverview } from '../src/cluster-overview.ts'
import type { OverviewMoment } from '../src/overview-history.ts'
import { conditionOf, renderOverview } from '../src/status-page/render-overview.ts'
import { Charts } from './charts.ts'
import { copyText } from './copy-text.ts'

/** The first after a page has begun to listen has a history. */
type StatusEvent = ClusterOverview & { history?: OverviewMoment[] }

/** How long it takes until a page that was refused asks again, in milliseconds. */
const AGAIN_MS = 10_000

/** For how long a button says what it has done, in milliseconds. */
const COPIED_MS = 1500

const overviewElement = elementOf('overview')
const liveElement = elementOf('live')
const charts = new Charts(elementOf('charts'))

document.documentElement.classList.add('scripted')
document.addEventListener('click', onClick)
listen()

function listen(): void {
  const events = new EventSource('api/v1/events')

  events.addEventListener('message', ({ data }) => {
    tellLive('live')
    show(JSON.parse(data) as StatusEvent)
  })

  events.addEventListener('error', () => {
    // It goes on by itself but where it was refused: by the node, or by a proxy of a node that is away.
    if (events.readyState === EventSource.CLOSED) {
      tellLive('no updates, this node is away or has too many pages open: trying again')
      setTimeout(listen, AGAIN_MS)
    } else {
      tellLive('no connection to this node: trying again')
    }
  })
}

function show({ history, ...overview }: StatusEvent): void {
  const { condition, text } = conditionOf(overview)

  morphdom(overviewElement, `<div id="overview">\n${renderOverview(overview).text}\n</div>`, {
    // What is open stays open, and nothing is touched that is as it was: focus and selection stay.
    onBeforeElUpdated: (before, after) => {
      if (before instanceof HTMLDetailsElement && before.open) {
        after.setAttribute('open', '')
      }

      return !before.isEqualNode(after)
    }
  })

  document.title = condition === 'good' ? 'Rendezvous cluster' : `${text} · Rendezvous cluster`

  if (history != null) {
    charts.replace(history)
  }

  charts.add(overview)
}

function tellLive(text: string): void {
  if (liveElement.textContent !== text) {
    liveElement.textContent = text
    liveElement.classList.toggle('lost', text !== 'live')
  }
}

async function onClick({ target }: Event): Promise<void> {
  const button = target instanceof Element ? target.closest<HTMLElement>('[data-copy]') : null

  if (button == null) {
    return
  }

  const wasCopied = await copyText(button.dataset.copy as string)

  button.textContent = wasCopied ? 'Copied' : 'Not allowed'
  setTimeout(() => {
    button.textContent = 'Copy'
  }, COPIED_MS)
}

function elementOf(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement
}
