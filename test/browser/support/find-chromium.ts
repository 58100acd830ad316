import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const NAMES = ['chromium', 'google-chrome']
const CHECK_TIMEOUT_MS = 30_000

export interface FoundChromium {
  /** Absent where there is none. */
  path?: string
  /** For people: what was found and where, or how to have one. */
  description: string
}

/**
 * The Chromium for the tests: the one named by `RENDEZVOUS_TEST_CHROMIUM`, else an installed one.
 *
 * @throws Error if `RENDEZVOUS_TEST_CHROMIUM` is set and does not run
 */
export async function findChromium(): Promise<FoundChromium> {
  const configured = process.env.RENDEZVOUS_TEST_CHROMIUM

  if (configured !== undefined && configured !== '') {
    const version = await versionOf(configured)

    if (version === undefined) {
      throw new Error(`RENDEZVOUS_TEST_CHROMIUM: ${configured} does not run`)
    }

    return { path: configured, description: `${version} (${configured})` }
  }

  for (const path of installedPaths()) {
    const version = await versionOf(path)

    if (version !== undefined) {
      return { path, description: `${version} (${path})` }
    }
  }

  return { description: `none. To install it: ${installCommand()}` }
}

function installedPaths(): string[] {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))

  return [...new Set(paths)].filter((path) => existsSync(path))
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    return (await run(path, ['--version'], { timeout: CHECK_TIMEOUT_MS })).stdout.trim()
  } catch {
    return undefined
  }
}

function installCommand(): string {
  if (process.platform === 'darwin') {
    return 'brew install --cask chromium'
  }

  return existsSync('/usr/bin/apt-get')
    ? 'sudo apt-get install chromium'
    : 'install chromium with the package manager of your system'
}
