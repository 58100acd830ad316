import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const sources = fileURLToPath(new URL('../go-waku/', import.meta.url))
const cache = fileURLToPath(
  new URL('../../../node_modules/.cache/rendezvous/go-waku/', import.meta.url)
)

/** The quic-go of go-libp2p 0.23 refuses newer ones, and older ones lack what the program uses. */
const GO_VERSION = /\bgo1\.19(\.\d+)?\b/
const DEBIAN_GO = '/usr/lib/go-1.19/bin/go'
const INSTALL = 'sudo apt-get install golang-1.19-go'
const CHECK_TIMEOUT_MS = 10_000

/** Compiling go-libp2p for the first time takes a minute or two on two cores. */
const BUILD_TIMEOUT_MS = 10 * 60_000

export interface GoPeerBinary {
  kind: 'binary'
  path: string
}

export interface NoGoPeer {
  kind: 'none'
  reason: string
  /** The command that makes it possible. */
  install: string
}

export type GoPeerSource = GoPeerBinary | NoGoPeer

/**
 * The program in `test/interop/go-waku`, built where its sources have changed since the last time.
 * Go is the one named by `RENDEZVOUS_TEST_GO`, that of Debian's package, or `go` in PATH.
 *
 * @throws Error if `RENDEZVOUS_TEST_GO` is set and cannot be used, or the program does not compile
 */
export async function findGoPeer(): Promise<GoPeerSource> {
  const path = join(cache, `go-waku-${await hashOfSources()}`)

  if (existsSync(path)) {
    return { kind: 'binary', path }
  }

  const go = await findGo()

  if (go == null) {
    return { kind: 'none', reason: `no Go 1.19 at ${DEBIAN_GO} or in PATH`, install: INSTALL }
  }

  return await withProgress(async () => {
    const missing = await downloadModules(go)

    if (missing != null) {
      return { kind: 'none', reason: missing, install: `(cd ${sources} && ${go} mod download)` }
    }

    await build(go, path)

    return { kind: 'binary', path }
  })
}

async function withProgress(make: () => Promise<GoPeerSource>): Promise<GoPeerSource> {
  const startedAtMs = performance.now()
  let outcome = 'failed'

  process.stderr.write('Building the Go peer for the tests… ')

  try {
    const source = await make()

    outcome = source.kind === 'binary' ? 'done' : outcome

    return source
  } finally {
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)

    process.stderr.write(`${outcome} in ${seconds} s\n`)
  }
}

async function hashOfSources(): Promise<string> {
  const files = (await readdir(sources, { recursive: true }))
    .filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))
    .sort()
  const hash = createHash('sha256')

  for (const name of files) {
    hash.update(`${name}\n`).update(await readFile(join(sources, name)))
  }

  return hash.digest('hex').slice(0, 16)
}

async function findGo(): Promise<string | undefined> {
  const configured = process.env.RENDEZVOUS_TEST_GO

  if (configured != null && configured !== '') {
    if (await isUsable(configured)) {
      return configured
    }

    throw new Error(`RENDEZVOUS_TEST_GO: ${configured} is not a Go 1.19`)
  }

  for (const go of [DEBIAN_GO, 'go']) {
    if (await isUsable(go)) {
      return go
    }
  }

  return undefined
}

async function isUsable(go: string): Promise<boolean> {
  try {
    const { stdout } = await run(go, ['version'], { timeout: CHECK_TIMEOUT_MS })

    return GO_VERSION.test(stdout)
  } catch {
    return false
  }
}

/** @returns why there are none */
async function downloadModules(go: string): Promise<string | undefined> {
  try {
    await run(go, ['mod', 'download'], { cwd: sources, timeout: BUILD_TIMEOUT_MS })

    return undefined
  } catch (error) {
    return `the Go modules cannot be downloaded: ${lastLine(error)}`
  }
}

async function build(go: string, path: string): Promise<void> {
  const unfinished = join(cache, `unfinished-${randomUUID()}`)
  // Stamping the commit fails in a checkout that belongs to another user.
  const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly']

  await mkdir(cache, { recursive: true })

  try {
    await run(go, ['build', ...flags, '-o', unfinished, '.'], {
      cwd: sources,
      env: { ...process.env, CGO_ENABLED: '0' },
      timeout: BUILD_TIMEOUT_MS
    })
    await removeOldBinaries()
    await rename(unfinished, path)
  } catch (error) {
    throw new Error(`test/interop/go-waku does not compile: ${(error as Error).message}`)
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** One is 30 MB. Those that run go on running. */
async function removeOldBinaries(): Promise<void> {
  const names = await readdir(cache)

  await Promise.all(
    names
      .filter((name) => name.startsWith('go-waku-'))
      .map((name) => rm(join(cache, name), { force: true }))
  )
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string }

  return (stderr || message).trim().split('\n').at(-1) ?? message
}
