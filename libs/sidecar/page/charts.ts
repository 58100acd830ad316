import uPlot, { type AlignedData } from 'uplot'
import type { ClusterOverview } from '../src/cluster-overview.ts'
import type { OverviewMoment } from '../src/overview-history.ts'
import { formatCount, formatMs, formatRate } from '../src/status-page/format-figures.ts'

/** How long the charts reach back, in milliseconds: as the history of a node. */
const REACH_MS = 30 * 60_000

/** A moment between those of the history, which are three seconds apart. */
const EVERY_MS = 3000

/** At least so much time is drawn, in seconds. */
const SHOWN_SECONDS_MIN = 120

const HEIGHT_PX = 150

interface Line {
  name: string
  /** Name of the custom property with its colour. */
  colour: string
  read: (moment: OverviewMoment) => number | undefined
}

interface ChartKind {
  title: string
  format: (value: number | undefined) => string
  lines: readonly Line[]
}

const KINDS: readonly ChartKind[] = [
  {
    title: 'Registrations',
    format: formatCount,
    lines: [
      { name: 'registrations', colour: '--line-1', read: ({ registrations }) => registrations }
    ]
  },
  {
    title: 'Namespaces',
    format: formatCount,
    lines: [{ name: 'namespaces', colour: '--line-2', read: ({ namespaces }) => namespaces }]
  },
  {
    title: 'Requests per second',
    format: formatRate,
    lines: [
      {
        name: 'requests',
        colour: '--line-1',
        read: ({ requestsPerSecond }) => requestsPerSecond
      }
    ]
  },
  {
    title: 'Answer time, ms',
    format: formatMs,
    lines: [
      { name: 'p50', colour: '--line-1', read: ({ p50Ms }) => p50Ms },
      { name: 'p99', colour: '--line-2', read: ({ p99Ms }) => p99Ms }
    ]
  }
]

interface Chart {
  kind: ChartKind
  figure: HTMLElement
  place: HTMLElement
  plot: uPlot
}

/** What the cluster was like in the last half hour. */
export class Charts {
  readonly #element: HTMLElement
  #moments: OverviewMoment[] = []
  #charts: Chart[] = []

  constructor(element: HTMLElement) {
    this.#element = element
    new ResizeObserver(() => this.#resize()).observe(element)

    // Colours are drawn, not styled.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#drawAnew())
  }

  /** @param history - the oldest moment first */
  replace(history: OverviewMoment[]): void {
    this.#moments = [...history]
    this.#element.hidden = false

    if (this.#charts.length === 0) {
      this.#drawAnew()
    }
  }

  add(overview: ClusterOverview): void {
    const last = this.#moments.at(-1)

    if (last == null || overview.atMs - last.atMs >= EVERY_MS) {
      this.#moments.push(overview)
    }

    while ((this.#moments[0]?.atMs ?? overview.atMs) < overview.atMs - REACH_MS) {
      this.#moments.shift()
    }

    for (const { kind, figure, plot } of this.#charts) {
      plot.setData(dataOf(kind, this.#moments))
      tellLast(plot)
      figure.setAttribute('aria-label', describe(kind, overview))
    }
  }

  #drawAnew(): void {
    for (const { plot } of this.#charts) {
      plot.destroy()
    }

    this.#element.replaceChildren()
    this.#charts = KINDS.map((kind) => this.#draw(kind))
  }

  #draw(kind: ChartKind): Chart {
    const figure = document.createElement('figure')
    const title = document.createElement('figcaption')
    const place = document.createElement('div')

    title.textContent = kind.title
    figure.setAttribute('role', 'img')
    figure.setAttribute('aria-label', kind.title)
    figure.append(title, place)
    this.#element.append(figure)

    const plot = new uPlot(
      optionsOf(kind, place.clientWidth, getComputedStyle(this.#element)),
      dataOf(kind, this.#moments),
      place
    )

    return { kind, figure, place, plot }
  }

  #resize(): void {
    for (const { plot, place } of this.#charts) {
      plot.setSize({ width: place.clientWidth, height: HEIGHT_PX })
    }
  }
}

function optionsOf(kind: ChartKind, width: number, style: CSSStyleDeclaration): uPlot.Options {
  const colourOf = (name: string) => style.getPropertyValue(name).trim()
  const axis = {
    stroke: colourOf('--quiet'),
    grid: { stroke: colourOf('--border'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`
  }

  return {
    width,
    height: HEIGHT_PX,
    cursor: { sync: { key: 'moments' }, drag: { setScale: false } },
    scales: {
      x: { range: (_plot, min, max) => [Math.min(min, max - SHOWN_SECONDS_MIN), max] },
      // From zero, so that a line that looks steep is.
      y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] }
    },
    legend: {
      markers: { fill: (_plot, line) => colourOf(kind.lines[line - 1]?.colour ?? '--quiet') }
    },
    axes: [
      { ...axis, size: 28, space: 76, values: (_plot, seconds) => seconds.map(timeOf) },
      {
        ...axis,
        size: 48,
        space: 28,
        values: (_plot, values) => values.map((value) => shortly(value))
      }
    ],
    series: [
      { label: 'time', value: (_plot, seconds) => (seconds == null ? '' : timeOf(seconds)) },
      ...kind.lines.map(({ name, colour }) => ({
        label: name,
        stroke: colourOf(colour),
        width: 1.5,
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => kind.format(value ?? undefined)
      }))
    ]
  }
}

function dataOf({ lines }: ChartKind, moments: readonly OverviewMoment[]): AlignedData {
  return [
    moments.map(({ atMs }) => atMs / 1000),
    ...lines.map(({ read }) => moments.map((moment) => read(moment) ?? null))
  ]
}

/** Names the latest figures below a chart, as long as nobody points at earlier ones. */
function tellLast(plot: uPlot): void {
  if (plot.cursor.idx == null) {
    plot.setLegend({ idx: plot.data[0].length - 1 }, false)
  }
}

/** What the picture shows, for who can't see it. */
function describe({ title, format, lines }: ChartKind, moment: OverviewMoment): string {
  const now = lines.map(({ name, read }) => `${name} ${format(read(moment))}`)

  return `${title} in the last half hour, now ${now.join(', ')}`
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hourCycle: 'h23' })
}

function shortly(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 })
}
