import type { TestProject } from 'vitest/node'
import { isInCi } from '../../support/is-in-ci.ts'
import './describe-with-chromium.ts'
import { type FoundChromium, findChromium } from './find-chromium.ts'

let chromium: FoundChromium

/** Finds a Chromium for the tests once per run. Without one, CI fails and everybody else skips. */
export async function setup(project: TestProject): Promise<void> {
  chromium = await findChromium()

  if (chromium.path === undefined && isInCi()) {
    throw new Error(`Chromium for the tests: ${chromium.description}`)
  }

  process.stderr.write(`Chromium for the tests: ${chromium.description}\n`)
  project.provide('chromiumPath', chromium.path ?? '')
}

/** Vitest has printed its summary by now, so this is the last that people see. */
export async function teardown(): Promise<void> {
  if (chromium.path === undefined && !isInCi()) {
    process.stderr.write(`\nThe tests were skipped. Chromium: ${chromium.description}\n`)
  }
}
