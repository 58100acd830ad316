import { median } from '../../../test/support/median.ts'
import { OPERATIONS, type ServerResult } from './run-peers.ts'

const WIDTH = 800
const LABEL_WIDTH = 130
const VALUE_WIDTH = 70
const BAR_HEIGHT = 14
const GROUP_GAP = 18
const TOP = 60
const COLOURS = [
  '#1f77b4',
  '#6baed6',
  '#9ecae1',
  '#d95f02',
  '#7570b3',
  '#2ca02c',
  '#bcbd22',
  '#888888'
]

/** Processor time per operation as bars, with so many live registrations, as SVG. The scale is logarithmic. */
export function plotPeers(results: readonly ServerResult[], live: number): string {
  const servers = results.filter((each) => each.live === live)
  const groups = OPERATIONS.map(({ name }) => ({
    name,
    values: servers.map(({ operations }) => median((operations[name] ?? []).map(usOf)))
  })).filter(({ values }) => values.some((value) => value > 0))
  const all = groups.flatMap(({ values }) => values.filter((value) => value > 0))
  const [least, most] = [Math.min(...all) / 2, Math.max(...all)]
  const groupHeight = servers.length * BAR_HEIGHT + GROUP_GAP
  const legendHeight = servers.length * BAR_HEIGHT + GROUP_GAP
  const height = TOP + legendHeight + groups.length * groupHeight
  const widthOf = (value: number): number =>
    value === 0
      ? 0
      : (Math.log(value / least) / Math.log(most / least)) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH)

  const legend = servers.map(
    ({ server }, index) =>
      `<rect x="${LABEL_WIDTH}" y="${TOP + index * BAR_HEIGHT}" width="10" height="10" fill="${COLOURS[index]}"/>
<text x="${LABEL_WIDTH + 16}" y="${TOP + index * BAR_HEIGHT + 9}">${server}</text>`
  )
  const bars = groups.flatMap(({ name, values }, group) => {
    const y = TOP + legendHeight + group * groupHeight

    return [
      `<text x="8" y="${y + 10}" font-weight="bold">${name}</text>`,
      ...values.flatMap((value, index) =>
        value === 0 ? [] : [bar(y + index * BAR_HEIGHT, widthOf(value), value, index)]
      )
    ]
  })

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">
<title>processor time per operation</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="8" y="24" font-size="14">Processor time of the server per operation, ${live.toLocaleString('en')} live registrations</text>
<text x="8" y="42">microseconds, logarithmic scale; shorter is better</text>
${legend.join('\n')}
${bars.join('\n')}
</svg>
`
}

function bar(y: number, width: number, value: number, index: number): string {
  return `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT - 3}" fill="${COLOURS[index]}"/>
<text x="${(LABEL_WIDTH + width + 4).toFixed(1)}" y="${y + 9}">${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')}</text>`
}

function usOf({ serverUs }: { serverUs: number }): number {
  return serverUs
}
