import type { TestProject } from 'vitest/node'
import './describe-with-redis.ts'
import { type FoundRedis, findRedis } from './find-redis.ts'
import { isInCi } from './is-in-ci.ts'

let project: TestProject
let redis: FoundRedis

/** Finds a Redis for the tests once per run. Without one, CI fails and everybody else skips. */
export async function setup(testProject: TestProject): Promise<void> {
  project = testProject
  redis = await findRedis()

  const { source, description } = redis

  if (source.kind === 'none' && isInCi()) {
    throw new Error(`No Redis for the tests: ${source.reason}. To install it: ${source.install}`)
  }

  process.stderr.write(`Redis for the tests: ${description}\n`)
  project.provide('redis', source)
}

/** Vitest has printed its summary by now, so this is the last that people see. */
export async function teardown(): Promise<void> {
  await redis.stop?.()

  const skipped = countTestsSkippedForRedis()

  if (skipped === 0) {
    return
  }

  const { source } = redis
  const remedy =
    source.kind === 'none'
      ? `without Redis (${source.reason}). To run them: ${source.install}`
      : 'because they start servers of their own: name a redis-server in RENDEZVOUS_TEST_REDIS'

  process.stderr.write(`\n${skipped} tests were skipped ${remedy}\n`)
}

function countTestsSkippedForRedis(): number {
  return project.vitest.state
    .getTestModules()
    .flatMap((module) => [...module.children.allTests('skipped')])
    .filter((test) => test.meta().skippedForRedis === true).length
}
