import type { TestProject } from 'vitest/node'
import { type FoundValkey, findValkey } from '../../support/find-valkey.ts'
import './describe-with-valkey.ts'

let project: TestProject
let valkey: FoundValkey

/** Finds a Valkey for the tests once per run. Without one, CI fails and everybody else skips. */
export async function setup(testProject: TestProject): Promise<void> {
  project = testProject
  valkey = await findValkey()

  const { source, description } = valkey

  if (source.kind === 'none' && isInCi()) {
    throw new Error(`No Valkey for the tests: ${source.reason}. To install it: ${source.install}`)
  }

  process.stderr.write(`Valkey for the tests: ${description}\n`)
  project.provide('valkey', source)
}

/** Vitest has printed its summary by now, so this is among the last that people see. */
export function teardown(): void {
  const { source } = valkey
  const skipped = countTestsSkippedForValkey()

  if (skipped > 0 && source.kind === 'none') {
    process.stderr.write(
      `\n${skipped} tests were skipped without Valkey (${source.reason}). To run them: ${source.install}\n`
    )
  }
}

function countTestsSkippedForValkey(): number {
  return project.vitest.state
    .getTestModules()
    .flatMap((module) => [...module.children.allTests('skipped')])
    .filter((test) => test.meta().skippedForValkey === true).length
}

function isInCi(): boolean {
  return ['1', 'true'].includes(process.env.CI ?? '')
}
