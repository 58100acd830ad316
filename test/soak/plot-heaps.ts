import type { SoakRun } from './run-soak.ts'

const WIDTH = 800
const HEIGHT = 240
const MARGIN = 40
const COLOURS = ['#1f77b4', '#d95f02', '#2ca02c']
const MIB = 2 ** 20

/** Heaps after collection over time as SVG, with the time of each fault. */
export function plotHeaps({ samples, faults, fromMs, toMs }: SoakRun): string {
  const heaps = samples.flatMap(({ nodes }) => nodes.map(({ heapBytes }) => heapBytes / MIB))
  const maxMib = Math.ceil(Math.max(1, ...heaps) * 1.1)
  const x = (atMs: number): string =>
    (MARGIN + ((atMs - fromMs) / (toMs - fromMs)) * (WIDTH - 2 * MARGIN)).toFixed(1)
  const y = (mib: number): string =>
    (HEIGHT - MARGIN - (mib / maxMib) * (HEIGHT - 2 * MARGIN)).toFixed(1)
  const lines = (samples[0]?.nodes ?? []).map((_, node) => {
    const points = samples.map(
      ({ atMs, nodes }) => `${x(atMs)},${y((nodes[node]?.heapBytes ?? 0) / MIB)}`
    )

    return `<polyline fill="none" stroke="${COLOURS[node]}" points="${points.join(' ')}"/>
<text x="${WIDTH - MARGIN + 2}" y="${60 + node * 14}" fill="${COLOURS[node]}">node ${node}</text>`
  })
  const marks = faults.map((fault) => {
    const width = Number(x(Math.min(fault.toMs, toMs))) - Number(x(fault.fromMs))

    return `<rect x="${x(fault.fromMs)}" y="${MARGIN}" width="${Math.max(1, width).toFixed(1)}" height="${HEIGHT - 2 * MARGIN}" fill="#ddd"><title>${fault.name}</title></rect>`
  })

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">
<title>heap after collection</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${marks.join('\n')}
<path d="M${MARGIN} ${MARGIN}V${HEIGHT - MARGIN}H${WIDTH - MARGIN}" fill="none" stroke="#333"/>
<text x="${MARGIN}" y="24">heap after collection, MiB; faults of Redis are grey</text>
<text x="6" y="${Number(y(maxMib)) + 4}">${maxMib}</text>
<text x="6" y="${y(0)}">0</text>
<text x="${MARGIN}" y="${HEIGHT - 18}">0 min</text>
<text x="${WIDTH - MARGIN - 30}" y="${HEIGHT - 18}">${((toMs - fromMs) / 60_000).toFixed(0)} min</text>
${lines.join('\n')}
</svg>
`
}
