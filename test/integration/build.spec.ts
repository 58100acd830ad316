import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const BUILD = new URL('../../scripts/build.mjs', import.meta.url).href

/** Longer than a build that says nothing may take. */
const SLOW_MS = 800

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rendezvous-build-'))
  mkdirSync(join(root, 'node_modules/typescript/bin'), { recursive: true })
})

afterEach(() => rmSync(root, { recursive: true }))

/** Builds with a slow compiler that says this of what there is to do, and returns what people see. */
function build(dryRun: string): string {
  const compiler = `setTimeout(
    () => process.argv.includes('--dry') && console.log(${JSON.stringify(dryRun)}),
    ${SLOW_MS}
  )`
  const program = `const { build } = await import(${JSON.stringify(BUILD)}); await build(process.cwd())`

  writeFileSync(join(root, 'node_modules/typescript/bin/tsc'), compiler)

  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8'
  }).stderr
}

it('a build with nothing to compile does not say that it compiles, however slow', () => {
  expect(build("10:00:00 - Project 'a' is up to date\n")).not.toContain('Compiling')
})

it.each([
  "10:00:00 - Project 'a' is up to date\n\n10:00:00 - A non-dry build would build project 'b'\n",
  'something else',
  ''
])('a build that may compile says so: %j', (dryRun) => {
  expect(build(dryRun)).toContain('Compiling… done in ')
})
