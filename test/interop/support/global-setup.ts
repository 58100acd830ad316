import type { TestProject } from 'vitest/node'
import './describe-interop.ts'
import { findGoProgram } from './go-program.ts'
import type { FoundPeerProgram } from './peer-program.ts'

let project: TestProject
let goPeer: FoundPeerProgram

/** Builds the Go peer once per change. Without a Go for it, CI fails and everybody else skips. */
export async function setup(testProject: TestProject): Promise<void> {
  project = testProject
  goPeer = await findGoProgram('go-waku')
  project.provide('goPeer', goPeer)
}

/** Vitest has printed its summary by now, so this is among the last that people see. */
export function teardown(): void {
  const skipped = countTestsSkippedForGo()

  if (skipped > 0 && goPeer.kind === 'none') {
    const { reason, install } = goPeer

    process.stderr.write(
      `\n${skipped} tests were skipped without a Go peer (${reason}). To run them: ${install}\n`
    )
  }
}

function countTestsSkippedForGo(): number {
  return project.vitest.state
    .getTestModules()
    .flatMap((module) => [...module.children.allTests('skipped')])
    .filter((test) => test.meta().skippedForGo === true).length
}
