import type { TestProject } from 'vitest/node'
import { isInCi } from '../../support/is-in-ci.ts'
import { type DockerSource, findDocker } from './find-docker.ts'
import { run } from './run.ts'

declare module 'vitest' {
  interface ProvidedContext {
    docker: DockerSource
  }
}

/** What removes containers whose test was killed. */
const REAPER_IMAGE = 'testcontainers/ryuk'

let docker: DockerSource

/** Without a Docker engine CI fails, and everybody else skips. */
export async function setup(project: TestProject): Promise<void> {
  docker = await findDocker()

  if (docker.kind === 'none' && isInCi()) {
    throw new Error(`No Docker for the tests: ${docker.reason}. To have it: ${docker.install}`)
  }

  if (docker.kind === 'engine') {
    process.stderr.write(`Docker for the tests: ${docker.description}\n`)
    // Without its image it would be pulled, which not every machine can.
    process.env.TESTCONTAINERS_RYUK_DISABLED ??= String(!(await hasImage(REAPER_IMAGE)))
  }

  project.provide('docker', docker)
}

export function teardown(): void {
  if (docker.kind === 'none') {
    process.stderr.write(
      `\nThe tests on containers were skipped (${docker.reason}). To run them: ${docker.install}\n`
    )
  }
}

async function hasImage(name: string): Promise<boolean> {
  return (await run('docker', ['image', 'ls', '--quiet', name])).trim() !== ''
}
