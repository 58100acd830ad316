import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RecordKind } from '@rendezvous-cluster/rendezvous'
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

/** What is compiled of the crates, for the next build. */
const compiled = fileURLToPath(
  new URL('../../../node_modules/.cache/rendezvous/rust-peer-target/', import.meta.url)
)

const INSTALL = 'install Rust 1.88 or later (https://rustup.rs) and a C compiler'
const PROGRAM = 'rust-peer'
const PATCHED_PROGRAM = 'rust-peer-standard-records'
const METADATA_BYTES_MAX = 64 * 1024 * 1024

const sources = sourcesOf('rust-libp2p')

/** One way in which the program is built. */
export interface RustPeer {
  name: string
  program: FoundPeerProgram
  /** Of the `libp2p` crate, as results tell it. */
  version: string
  /** What it seals and reads; a whole answer is lost to it in which a record is of another kind. */
  recordKind: RecordKind
}

/** What standard-records.json says. */
interface Patch {
  crate: string
  replacements: { file: string; from: string; to: string; times: number }[]
}

/**
 * The program in `test/interop/rust-libp2p`, built where its sources have changed: with
 * `libp2p-rendezvous` as published, whose records have a format of their own, and with the format
 * of all other implementations.
 *
 * @throws Error if it does not compile; under CI also if it cannot be built here
 */
export async function findRustPeers(): Promise<{ published: RustPeer; standard: RustPeer }> {
  const version = await lockedVersion('libp2p')

  return {
    published: {
      name: 'as published',
      program: await availableOrNone(() => findProgram(PROGRAM)),
      version,
      recordKind: 'routing-state-record'
    },
    standard: {
      name: 'with standard records',
      program: await availableOrNone(() => findProgram(PATCHED_PROGRAM)),
      version: `${version} with standard records`,
      recordKind: 'peer-record'
    }
  }
}

async function findProgram(program: string): Promise<PeerProgram> {
  const folder = await buildOnce({
    name: 'rust-peer',
    sources,
    isSource: (path) => /^src\/.*\.rs$|^Cargo\.(toml|lock)$|\.json$/.test(path),
    make
  })

  return { kind: 'program', file: join(folder, program), args: [] }
}

async function lockedVersion(crate: string): Promise<string> {
  const lock = await readFile(join(sources, 'Cargo.lock'), 'utf8')

  return new RegExp(`name = "${crate}"\nversion = "(.*)"`).exec(lock)?.[1] ?? 'unknown'
}

async function make(target: string, cwd: string): Promise<void> {
  const cargo = await findCargo(cwd)

  try {
    await runBuildStep(cargo, ['fetch', '--locked'], { cwd })
  } catch (error) {
    throw new UnavailableError(
      `the crates cannot be downloaded: ${lastLine(error)}`,
      `(cd ${cwd} && ${cargo} fetch --locked)`
    )
  }

  await mkdir(target)
  await build(cargo, { cwd, flags: ['--locked'], path: join(target, PROGRAM) })
  await buildPatched(cargo, target)
}

/** Also where rustup puts it, for shells that have not read its `env`. */
async function findCargo(cwd: string): Promise<string> {
  for (const cargo of ['cargo', join(homedir(), '.cargo/bin/cargo')]) {
    try {
      await runBuildStep(cargo, ['--version'], { cwd })

      return cargo
    } catch {
      // Not here.
    }
  }

  throw new UnavailableError('no cargo in PATH', INSTALL)
}

async function build(
  cargo: string,
  { cwd, flags, path }: { cwd: string; flags: string[]; path: string }
): Promise<void> {
  const env = { CARGO_TARGET_DIR: compiled }

  await runBuildStep(cargo, ['build', '--release', '--offline', ...flags], { cwd, env })
  await cp(join(compiled, 'release', PROGRAM), path)
}

/** From a copy, since a patch changes Cargo.lock. */
async function buildPatched(cargo: string, target: string): Promise<void> {
  const cwd = join(target, 'patched')
  const { crate, replacements }: Patch = JSON.parse(
    await readFile(join(sources, 'standard-records.json'), 'utf8')
  )
  const folder = join(cwd, crate)
  const patch = `patch.crates-io.${crate}.path=${JSON.stringify(folder)}`

  for (const name of ['Cargo.toml', 'Cargo.lock', 'src']) {
    await cp(join(sources, name), join(cwd, name), { recursive: true })
  }

  await cp(await folderOfCrate(cargo, crate), folder, { recursive: true })

  for (const { file, from, to, times } of replacements) {
    const parts = (await readFile(join(folder, file), 'utf8')).split(from)

    if (parts.length !== times + 1) {
      throw new Error(`${crate} has changed: ${file} has ${parts.length - 1} times ${from}`)
    }

    await writeFile(join(folder, file), parts.join(to))
  }

  await build(cargo, { cwd, flags: ['--config', patch], path: join(target, PATCHED_PROGRAM) })
  await rm(cwd, { recursive: true })
}

/** Where cargo keeps the sources of a crate that it has downloaded. */
async function folderOfCrate(cargo: string, crate: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    cargo,
    ['metadata', '--format-version', '1', '--locked', '--offline'],
    { cwd: sources, maxBuffer: METADATA_BYTES_MAX }
  )
  const { packages }: { packages: { name: string; manifest_path: string }[] } = JSON.parse(stdout)
  const found = packages.find(({ name }) => name === crate)

  if (found == null) {
    throw new Error(`the Rust peer does not depend on ${crate}`)
  }

  return dirname(found.manifest_path)
}
