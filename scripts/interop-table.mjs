// Runs the interop tests and writes what they found out into the table of README.md.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const readme = fileURLToPath(new URL('README.md', root))
const features = ['register', 'discover', 'cookie paging', 'unregister', 'refresh', 'TTL expiry']
const markers = [
  '<!-- interop table: npm run interop-table -->',
  '<!-- end of the interop table -->'
]

const folder = mkdtempSync(join(tmpdir(), 'rendezvous-interop-'))
const path = join(folder, 'results.jsonl')

writeFileSync(path, '')

const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/interop/vitest.config.ts'],
  { cwd: fileURLToPath(root), env: { ...process.env, INTEROP_RESULTS: path }, stdio: 'inherit' }
)
const results = readFileSync(path, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line))
  // Made for the tests alone: nobody runs it.
  .filter(({ version }) => !version.endsWith('with standard records'))

rmSync(folder, { recursive: true })
writeTable(tableOf(results))
process.exitCode = status ?? 1

function tableOf(all) {
  const rows = Map.groupBy(
    all,
    ({ implementation, version, direction }) => `${implementation} ${version} | ${direction}`
  )
  const reasons = []
  const lines = [...rows].sort().map(([subject, ofSubject]) => {
    const cells = features.map((feature) => cellOf(ofSubject, feature, reasons))

    return `| ${subject} | ${cells.join(' | ')} |`
  })
  const notes = reasons.map((reason, index) => `${index + 1}. ${reason}`)

  return [
    `| implementation | as | ${features.join(' | ')} |`,
    `|---|---|${features.map(() => '---|').join('')}`,
    ...lines,
    '',
    ...notes
  ].join('\n')
}

/** The worst result that its tests had, and a note that says why. */
function cellOf(ofSubject, feature, reasons) {
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

function writeTable(table) {
  const text = readFileSync(readme, 'utf8')
  const [before, rest] = text.split(markers[0])
  const [, after] = rest.split(markers[1])

  writeFileSync(readme, `${before}${markers[0]}\n${table}\n${markers[1]}${after}`)
}
