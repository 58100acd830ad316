import type { InteropResult } from './interop-results.ts'

const FEATURES: readonly InteropResult['feature'][] = [
  'register',
  'discover',
  'cookie paging',
  'unregister',
  'refresh',
  'TTL expiry'
]

/** Each of them both as client of ours and as server for ours. */
const IMPLEMENTATIONS = [
  'berty/go-libp2p-rendezvous',
  'py-libp2p',
  'rust-libp2p',
  'waku-org/go-libp2p-rendezvous'
]

const DIRECTIONS: readonly InteropResult['direction'][] = ['client of ours', 'server for ours']

/** Between these lines of the README the table stands. */
const MARKERS = [
  '<!-- interop table: npm run interop-table -->',
  '<!-- end of the interop table -->'
] as const

/** What a whole run should have found out and has not, as lines for people. */
export function missingFrom(results: readonly InteropResult[]): string[] {
  return IMPLEMENTATIONS.flatMap((implementation) =>
    DIRECTIONS.flatMap((direction) => {
      const found = results
        .filter((one) => one.implementation === implementation && one.direction === direction)
        .map(({ feature }) => feature)
      const missing = FEATURES.filter((feature) => !found.includes(feature))

      return missing.length === 0
        ? []
        : [
            `${implementation} as ${direction}: ${missing.length < FEATURES.length ? missing.join(', ') : 'everything'}`
          ]
    })
  )
}

/** The results as a table in Markdown, with a note for each reason. */
export function tableOf(results: readonly InteropResult[]): string {
  const rows = Map.groupBy(
    results,
    ({ implementation, version, direction }) => `${implementation} ${version} | ${direction}`
  )
  const reasons: string[] = []
  const lines = [...rows].sort().map(([subject, ofSubject]) => {
    const cells = FEATURES.map((feature) => cellOf(ofSubject, feature, reasons))

    return `| ${subject} | ${cells.join(' | ')} |`
  })
  const notes = reasons.map((reason, index) => `${index + 1}. ${reason}`)

  return [
    `| implementation | as | ${FEATURES.join(' | ')} |`,
    `|---|---|${FEATURES.map(() => '---|').join('')}`,
    ...lines,
    '',
    ...notes
  ].join('\n')
}

/**
 * The text with this table between its markers.
 *
 * @throws Error that names a marker it has not, or not in its place
 */
export function withTable(text: string, table: string): string {
  const [first, last] = MARKERS
  const start = text.indexOf(first)
  const end = text.indexOf(last, Math.max(0, start))

  if (start < 0 || end < 0) {
    throw new Error(`the table has no place without the line ${start < 0 ? first : last}`)
  }

  return `${text.slice(0, start)}${first}\n${table}\n${text.slice(end)}`
}

/** The worst result that its tests had, and a note that says why. */
function cellOf(
  ofSubject: readonly InteropResult[],
  feature: InteropResult['feature'],
  reasons: string[]
): string {
  const found = ofSubject.filter((one) => one.feature === feature)
  const worst =
    found.find(({ result }) => result === 'fail') ??
    found.find(({ result }) => result === 'not offered') ??
    found.find(({ reason }) => reason != null) ??
    found[0]

  if (worst == null) {
    return '–'
  }

  if (worst.reason == null) {
    return worst.result
  }

  if (!reasons.includes(worst.reason)) {
    reasons.push(worst.reason)
  }

  return `${worst.result} (${reasons.indexOf(worst.reason) + 1})`
}
