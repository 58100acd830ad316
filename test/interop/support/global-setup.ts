import type { TestProject } from 'vitest/node'
import './describe-interop.ts'
import { findGoPeer, type GoPeerSource } from './find-go-peer.ts'

let project: TestProject
let goPeer: GoPeerSource

/** Builds the Go peer once per change. Without a Go for it, CI fails and everybody else skips. */
export async function setup(testProject: TestProject): Promise<void> {
  project = testProject
  goPeer = await findGoPeer()

  if (goPeer.kind === 'none' && isInCi()) {
    throw new Error(`No Go peer for the tests: ${goPeer.reason}. To have it: ${goPeer.install}`)
  }

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

function isInCi(): boolean {
  return ['1', 'true'].includes(process.env.CI ?? '')
}
