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

/** A Go tool chain, and where it may be. */
interface GoToolChain {
  /** Of these, told by what `go version` prints. */
  isUsable: (minor: number) => boolean
  candidates: string[]
  /** Names another one. */
  variable: string
  what: string
  install: string
}

/** The quic-go of go-libp2p 0.23 refuses newer ones, and older ones lack what these programs use. */
const GO_1_19: GoToolChain = {
  isUsable: (minor) => minor === 19,
  candidates: ['/usr/lib/go-1.19/bin/go', 'go'],
  variable: 'RENDEZVOUS_TEST_GO',
  what: 'Go 1.19',
  install: 'sudo apt-get install golang-1.19-go'
}

/** As the modules of these programs demand. */
const MODERN_GO: GoToolChain = {
  isUsable: (minor) => minor >= 22,
  candidates: ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'],
  variable: 'RENDEZVOUS_TEST_MODERN_GO',
  what: 'Go 1.22 or later',
  install: 'install Go 1.22 or later (RENDEZVOUS_TEST_MODERN_GO names one) and a C compiler'
}

/** Programs in `test/interop`; those that use SQLite are in C for a part. */
const PROGRAMS = {
  'go-waku': { go: GO_1_19, usesC: false },
  'go-seed': { go: GO_1_19, usesC: false },
  'go-rendezvous': { go: MODERN_GO, usesC: true },
  'go-berty': { go: MODERN_GO, usesC: true }
} as const

export type GoProgramName = keyof typeof PROGRAMS

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
    make: (target, cwd) => build(name, target, cwd)
  })

  return { kind: 'program', file, args: [] }
}

async function build(name: GoProgramName, target: string, cwd: string): Promise<void> {
  const { go: toolChain, usesC } = PROGRAMS[name]
  const go = await findGo(toolChain, cwd)

  if (usesC) {
    await demandCompiler(cwd)
  }

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
  const env = { CGO_ENABLED: usesC ? '1' : '0' }

  await runBuildStep(go, ['build', ...flags, '-o', target, '.'], { cwd, env })
}

async function findGo(toolChain: GoToolChain, cwd: string): Promise<string> {
  const configured = process.env[toolChain.variable]
  const candidates = configured == null || configured === '' ? toolChain.candidates : [configured]

  for (const go of candidates) {
    if (await isUsable(go, toolChain, cwd)) {
      return go
    }
  }

  throw new UnavailableError(
    `no ${toolChain.what} at ${candidates.join(' or ')}`,
    toolChain.install
  )
}

async function isUsable(go: string, toolChain: GoToolChain, cwd: string): Promise<boolean> {
  try {
    const version = await runBuildStep(go, ['version'], { cwd })

    return toolChain.isUsable(Number(/\bgo1\.(\d+)/.exec(version)?.[1]))
  } catch {
    return false
  }
}

async function demandCompiler(cwd: string): Promise<void> {
  const compiler = process.env.CC ?? 'gcc'

  try {
    await runBuildStep(compiler, ['--version'], { cwd })
  } catch {
    throw new UnavailableError(
      `no C compiler ${compiler}, which SQLite needs`,
      'install a C compiler (CC names one)'
    )
  }
}

/** What `go.mod` says, for example `v0.5.1`. */
export async function goModuleVersion(name: GoProgramName, module: string): Promise<string> {
  const text = await readFile(`${sourcesOf(name)}go.mod`, 'utf8')
  const line = text.split('\n').find((requirement) => requirement.includes(`${module} v`))

  return line?.trim().split(' ')[1] ?? 'unknown'
}
