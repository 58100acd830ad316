import { readFile } from 'node:fs/promises'
import {
  availableOrNone,
  buildOnce,
  type FoundPeerProgram,
  lastLine,
  type PeerProgram,
  runBuildStep,
  sourcesOf,
  UnavailableError
} from './peer-program.ts'

/** As the modules of these programs demand; `golang-1.19` of Debian 12 is too old. */
const GO_MINOR_MIN = 22
const GO_CANDIDATES = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go']
const INSTALL = 'install Go 1.22 or later (RENDEZVOUS_TEST_MODERN_GO names one) and a C compiler'

/** Programs in `test/interop` that use a published Go module, with SQLite and hence with cgo. */
export type GoProgramName = 'go-rendezvous' | 'go-berty'

/**
 * A Go program, built where its sources have changed.
 *
 * @throws Error if it does not compile; under CI also if it cannot be built here
 */
export async function findGoProgram(name: GoProgramName): Promise<FoundPeerProgram> {
  return availableOrNone(() => goProgram(name))
}

async function goProgram(name: GoProgramName): Promise<PeerProgram> {
  const file = await buildOnce({
    name,
    sources: sourcesOf(name),
    isSource: (path) => /\.go$|^go\.(mod|sum)$/.test(path),
    make: (target, cwd) => build(target, cwd)
  })

  return { kind: 'program', file, args: [] }
}

async function build(target: string, cwd: string): Promise<void> {
  const go = await findGo(cwd)

  await demandCompiler(cwd)

  try {
    await runBuildStep(go, ['mod', 'download'], { cwd })
  } catch (error) {
    throw new UnavailableError(
      `the Go modules cannot be downloaded: ${lastLine(error)}`,
      `(cd ${cwd} && ${go} mod download)`
    )
  }

  // Stamping the commit fails in a checkout that belongs to another user.
  const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly']

  await runBuildStep(go, ['build', ...flags, '-o', target, '.'], { cwd, env: { CGO_ENABLED: '1' } })
}

async function findGo(cwd: string): Promise<string> {
  const configured = process.env.RENDEZVOUS_TEST_MODERN_GO
  const candidates = configured == null || configured === '' ? GO_CANDIDATES : [configured]

  for (const go of candidates) {
    if (await isUsable(go, cwd)) {
      return go
    }
  }

  throw new UnavailableError(`no Go 1.22 or later at ${candidates.join(' or ')}`, INSTALL)
}

async function isUsable(go: string, cwd: string): Promise<boolean> {
  try {
    const version = await runBuildStep(go, ['version'], { cwd })
    const minor = /\bgo1\.(\d+)/.exec(version)?.[1]

    return Number(minor) >= GO_MINOR_MIN
  } catch {
    return false
  }
}

async function demandCompiler(cwd: string): Promise<void> {
  const compiler = process.env.CC ?? 'gcc'

  try {
    await runBuildStep(compiler, ['--version'], { cwd })
  } catch {
    throw new UnavailableError(`no C compiler ${compiler}, which SQLite needs`, INSTALL)
  }
}

/** What `go.mod` says, for example `v0.5.1`. */
export async function goModuleVersion(name: GoProgramName, module: string): Promise<string> {
  const text = await readFile(`${sourcesOf(name)}go.mod`, 'utf8')
  const line = text.split('\n').find((requirement) => requirement.includes(`${module} v`))

  return line?.trim().split(' ')[1] ?? 'unknown'
}
