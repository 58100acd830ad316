import type { TestProject } from 'vitest/node'
import { isInCi } from '../../support/is-in-ci.ts'
import './describe-with-program.ts'
import { findProgram, KUBECTL, PROMTOOL, SHELLCHECK } from './find-program.ts'

const missing: string[] = []

/** Finds the programs once per run. Without one of them, CI fails and everybody else skips. */
export async function setup(project: TestProject): Promise<void> {
  const kubectl = await findProgram(KUBECTL)
  const shellcheck = await findProgram(SHELLCHECK)
  const promtool = await findProgram(PROMTOOL)

  for (const { path, description } of [kubectl, shellcheck, promtool]) {
    process.stderr.write(`For the tests: ${description}\n`)

    if (path === undefined) {
      missing.push(description)
    }
  }

  if (missing.length > 0 && isInCi()) {
    throw new Error(missing.join('\n'))
  }

  project.provide('kubectl', kubectl.path ?? '')
  project.provide('shellcheck', shellcheck.path ?? '')
  project.provide('promtool', promtool.path ?? '')
}

/** Vitest has printed its summary by now, so this is the last that people see. */
export function teardown(): void {
  for (const description of missing) {
    process.stderr.write(`\nTests were skipped: ${description}\n`)
  }
}
