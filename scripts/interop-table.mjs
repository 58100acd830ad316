// Runs the interop tests and writes what they found out into the table of README.md: all of it, or nothing.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { missingFrom, tableOf, withTable } from '../test/interop/support/interop-table.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const readme = join(root, 'README.md')

try {
  writeTable()
} catch (error) {
  console.error(`README.md is as it was: ${error.message}`)
  process.exitCode = 1
}

function writeTable() {
  // Without its place it would throw after all the tests.
  withTable(readFileSync(readme, 'utf8'), '')

  const results = runTests()
  const missing = missingFrom(results)

  if (missing.length > 0) {
    throw new Error(
      ['not all was tested; why tests were skipped is said above. Missing:', ...missing].join(
        '\n  '
      )
    )
  }

  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), tableOf(results)))
}

function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'rendezvous-interop-'))
  const path = join(folder, 'results.jsonl')

  try {
    writeFileSync(path, '')

    const { status } = spawnSync(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/interop/vitest.config.ts'],
      { cwd: root, env: { ...process.env, INTEROP_RESULTS: path }, stdio: 'inherit' }
    )

    if (status !== 0) {
      throw new Error('the interop tests did not pass')
    }

    return (
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
        // Made for the tests alone: nobody runs it.
        .filter(({ version }) => !version.endsWith('with standard records'))
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}
