import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The first build compiles libp2p and SQLite: a few minutes on two cores. */
const BUILD_TIMEOUT_MS = 15 * 60_000

/** How a peer of another implementation is started; its role and flags follow `args`. */
export interface PeerProgram {
  kind: 'program'
  file: string
  args: string[]
}

export interface NoPeerProgram {
  kind: 'none'
  reason: string
  /** What makes it possible. */
  install: string
}

export type FoundPeerProgram = PeerProgram | NoPeerProgram

/** A tool chain that is not here, or packages that cannot be downloaded now. */
export class UnavailableError extends Error {
  override name = 'UnavailableError'
  readonly install: string

  constructor(reason: string, install: string) {
    super(reason)
    this.install = install
  }
}

export interface BuildInit {
  /** Folder in the cache. */
  name: string
  sources: string
  /** Which of its files make a new build necessary. */
  isSource: (file: string) => boolean
  /** Makes the file or folder `target`, with the sources as working directory. */
  make: (target: string, sources: string) => Promise<void>
}

/**
 * Builds what is not in the cache, in `node_modules/.cache/rendezvous/<name>/<hash of sources>`.
 *
 * @returns path of what was made
 * @throws UnavailableError as `make` does
 */
export async function buildOnce({ name, sources, isSource, make }: BuildInit): Promise<string> {
  const cache = fileURLToPath(
    new URL(`../../../node_modules/.cache/rendezvous/${name}/`, import.meta.url)
  )
  const path = join(cache, await hashOf(sources, isSource))

  if (existsSync(path)) {
    return path
  }

  const unfinished = join(cache, `unfinished-${randomUUID()}`)
  const startedAtMs = performance.now()
  let outcome = 'failed'

  process.stderr.write(`Building ${name} for the tests… `)
  await mkdir(cache, { recursive: true })

  try {
    await make(unfinished, sources)
    await removeOldBuilds(cache)
    await rename(unfinished, path)
    outcome = 'done'

    return path
  } finally {
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)

    process.stderr.write(`${outcome} in ${seconds} s\n`)
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** The folder of a peer's program. */
export function sourcesOf(name: string): string {
  return fileURLToPath(new URL(`../${name}/`, import.meta.url))
}

export async function runBuildStep(
  file: string,
  args: string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv }
): Promise<string> {
  const env = { ...process.env, ...options.env }
  const { stdout } = await run(file, args, { ...options, env, timeout: BUILD_TIMEOUT_MS })

  return stdout
}

/** The last line that a failed command printed. */
export function lastLine(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string }

  return (stderr || message).trim().split('\n').at(-1) ?? message
}

/** What `find` finds; without the tool chain, CI fails. */
export async function availableOrNone(find: () => Promise<PeerProgram>): Promise<FoundPeerProgram> {
  try {
    return await find()
  } catch (error) {
    if (!(error instanceof UnavailableError)) {
      throw error
    }

    if (isInCi()) {
      throw new Error(`${error.message}. To have it: ${error.install}`, { cause: error })
    }

    return { kind: 'none', reason: error.message, install: error.install }
  }
}

/** @throws Error that says how to have it, where it is not here */
export function programOf(found: FoundPeerProgram): PeerProgram {
  if (found.kind === 'none') {
    throw new Error(`${found.reason}. To have it: ${found.install}`)
  }

  return found
}

async function hashOf(sources: string, isSource: (file: string) => boolean): Promise<string> {
  const files = (await readdir(sources, { recursive: true })).filter(isSource).sort()
  const hash = createHash('sha256')

  for (const name of files) {
    hash.update(`${name}\n`).update(await readFile(join(sources, name)))
  }

  return hash.digest('hex').slice(0, 16)
}

/** They are large. Those that run go on running. */
async function removeOldBuilds(cache: string): Promise<void> {
  const names = await readdir(cache)

  await Promise.all(
    names
      .filter((name) => !name.startsWith('unfinished-'))
      .map((name) => rm(join(cache, name), { recursive: true, force: true }))
  )
}

function isInCi(): boolean {
  return ['1', 'true'].includes(process.env.CI ?? '')
}
