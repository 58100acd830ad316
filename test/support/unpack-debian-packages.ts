import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = fileURLToPath(new URL('../../node_modules/.cache/rendezvous/', import.meta.url))

const DOWNLOAD_TIMEOUT_MS = 120_000
const SOURCES = '/etc/apt/sources.list'

/**
 * What counts as installed where packages of another release bring all that they need: adduser,
 * whose programs a server run by an ordinary user does without. Some of them are setuid.
 */
const STATUS_OF_ANOTHER_RELEASE =
  'Package: adduser\nStatus: install ok installed\nArchitecture: all\nVersion: 3.999\n'

export interface DebianPackages {
  /** Folder in `node_modules/.cache/rendezvous`. */
  folder: string
  names: string[]
  /**
   * Code names of this machine's release and of one to take the packages from instead. They come
   * with everything they depend on, the C library included: nothing of this machine is used.
   */
  release?: { from: string; to: string }
}

/**
 * Unpacks packages of the distribution as an ordinary user, without installing them. They are
 * downloaded once per checkout, from this machine's own package sources and checked with its keys.
 *
 * @returns the folder with the packages' files
 * @throws Error if this is no Debian or Ubuntu, or the packages cannot be had
 */
export async function unpackDebianPackages(packages: DebianPackages): Promise<string> {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg')) {
    throw new Error('no apt-get to download packages with')
  }

  const folder = join(cache, packages.folder)

  if (!existsSync(folder)) {
    process.stderr.write(`Downloading ${packages.names.join(', ')} for the tests…\n`)
    await downloadTo(folder, packages)
  }

  return folder
}

/** Several test runs may do this at once: each unpacks on its own, and the first rename stands. */
async function downloadTo(folder: string, packages: DebianPackages): Promise<void> {
  const own = `${folder}-${randomUUID()}`

  try {
    await prepare(own, packages)
    await download(own, packages.names)
    await rename(join(own, 'unpacked'), folder)
  } catch (err) {
    if (!existsSync(folder)) {
      throw err
    }
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

async function prepare(own: string, { release }: DebianPackages): Promise<void> {
  await mkdir(join(own, 'state/lists/partial'), { recursive: true })
  await mkdir(join(own, 'cache/archives/partial'), { recursive: true })

  if (release === undefined) {
    await copyFile('/var/lib/dpkg/status', join(own, 'status'))
    await writeFile(join(own, 'apt.conf'), aptConfig(own))
    return
  }

  await writeFile(join(own, 'status'), STATUS_OF_ANOTHER_RELEASE)
  await writeFile(join(own, 'apt.conf'), aptConfig(own) + aptConfigOfSources(own))
  await copySources(own, release)
}

async function download(own: string, names: string[]): Promise<void> {
  const archives = join(own, 'cache/archives')
  const apt = ['--config-file', join(own, 'apt.conf'), '--quiet', '--yes']
  const options = { timeout: DOWNLOAD_TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C' } }

  // One unreachable source among several is no reason to give up: the download tells.
  await run('apt-get', [...apt, 'update'], options).catch(() => {})
  // Also what is installed, since packages link into each other.
  await run(
    'apt-get',
    [...apt, '--download-only', '--reinstall', '--no-install-recommends', 'install', ...names],
    options
  )

  for (const file of await readdir(archives)) {
    if (file.endsWith('.deb')) {
      await run('dpkg', ['-x', join(archives, file), join(own, 'unpacked')])
    }
  }
}

/** The machine's own package sources and keys, with every file that apt writes in our folder. */
function aptConfig(own: string): string {
  return [
    // Hooks of the system that tidy up its own directories.
    '#clear APT::Update;',
    `Dir::State "${own}/state";`,
    `Dir::State::status "${own}/status";`,
    `Dir::Cache "${own}/cache";`,
    `APT::Sandbox::User "${userInfo().username}";`,
    'Acquire::Languages "none";',
    'Acquire::http::Timeout "15";',
    'Acquire::https::Timeout "15";',
    ''
  ].join('\n')
}

/** Of another release, this machine's preferences would keep packages back. */
function aptConfigOfSources(own: string): string {
  return [
    '#clear APT::Default-Release;',
    `Dir::Etc::sourcelist "${own}/sources.list";`,
    `Dir::Etc::sourceparts "${own}/sources.list.d";`,
    `Dir::Etc::preferences "${own}/preferences";`,
    `Dir::Etc::preferencesparts "${own}/preferences.d";`,
    ''
  ].join('\n')
}

/** The machine's sources under the other release's name: same mirrors, same keys. */
async function copySources(own: string, release: { from: string; to: string }): Promise<void> {
  const parts = await readdir(`${SOURCES}.d`).catch(() => [])
  const files = parts.filter((name) => /\.(list|sources)$/.test(name))

  await mkdir(join(own, 'preferences.d'))
  await mkdir(join(own, 'sources.list.d'))

  for (const file of [SOURCES, ...files.map((name) => join(`${SOURCES}.d`, name))]) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const copy = file === SOURCES ? 'sources.list' : join('sources.list.d', basename(file))

    await writeFile(join(own, copy), renameRelease(text, release))
  }
}

/** Only whole words of the suite's form, since keyrings' file names hold release names too. */
function renameRelease(text: string, { from, to }: { from: string; to: string }): string {
  return text.replaceAll(new RegExp(`(?<=[\\s:])${from}(?=[\\s-]|/updates|$)`, 'g'), to)
}
