import { existsSync } from 'node:fs'
import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import {
  type FoundRedis,
  type NoRedis,
  type RedisBinary,
  reasonOf,
  tryBinary
} from './find-redis.ts'
import { unpackDebianPackages } from './unpack-debian-packages.ts'

const VERSION_MAJOR_MIN = 8

/** The first Debian with Valkey. */
const DEBIAN_WITH_VALKEY = { version: 13, codename: 'trixie' }

export type FoundValkey = FoundRedis<RedisBinary | NoRedis>

/**
 * Finds a Valkey server for the tests, of version 8 or later, without installing anything into the
 * system: the one named by `RENDEZVOUS_TEST_VALKEY` (a binary's path), an installed one, or Debian's
 * packages unpacked into `node_modules/.cache`, on an older Debian those of the first with Valkey.
 *
 * @throws Error if `RENDEZVOUS_TEST_VALKEY` is set and cannot be used
 */
export async function findValkey(): Promise<FoundValkey> {
  const configured = process.env.RENDEZVOUS_TEST_VALKEY

  if (configured !== undefined && configured !== '') {
    return await tryValkey(configured).catch((err) => {
      throw new Error(`RENDEZVOUS_TEST_VALKEY: ${reasonOf(err)}`)
    })
  }

  const problems: string[] = []

  for (const find of [findInstalled, findUnpacked]) {
    try {
      return await find()
    } catch (err) {
      problems.push(reasonOf(err))
    }
  }

  const reason = problems.join('; ')
  return {
    source: { kind: 'none', reason, install: installCommand() },
    description: `none, ${reason}`
  }
}

async function findInstalled(): Promise<FoundValkey> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'valkey-server')

    if (existsSync(path)) {
      return await tryValkey(path)
    }
  }

  throw new Error('no valkey-server in PATH')
}

async function findUnpacked(): Promise<FoundValkey> {
  const names = ['valkey-server', 'valkey-tools']
  const folder = await unpackDebianPackages({ folder: 'valkey', names, release: await release() })

  return await tryValkey(await writeStarter(folder))
}

async function tryValkey(path: string): Promise<FoundValkey> {
  const found = await tryBinary({ kind: 'binary', path, env: {} })

  if (found === undefined) {
    throw new Error(`${path} does not run`)
  }

  const [, name, major] = /^(\S+) (\d+)\./.exec(found.description) ?? []

  if (name !== 'valkey-server' || Number(major) < VERSION_MAJOR_MIN) {
    throw new Error(`${path} is no Valkey ${VERSION_MAJOR_MIN} or later: ${found.description}`)
  }

  return found
}

/** Where the packages come from: this machine's release, unless that is older than Valkey. */
async function release(): Promise<{ from: string; to: string }> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const [id, version, codename] = ['ID', 'VERSION_ID', 'VERSION_CODENAME'].map(
    (name) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? ''
  ) as [string, string, string]

  if (id !== 'debian' || codename === '') {
    throw new Error('no Debian to take the packages of')
  }

  // Debian's testing and unstable have no version.
  const isOlder = version !== '' && Number(version) < DEBIAN_WITH_VALKEY.version

  return { from: codename, to: isOlder ? DEBIAN_WITH_VALKEY.codename : codename }
}

/**
 * One file to run as `valkey-server`. The packages may be made for a later C library than this
 * machine's, which only their own dynamic loader can load; `exec` keeps the process id.
 */
async function writeStarter(folder: string): Promise<string> {
  const path = join(folder, 'valkey-server')

  if (existsSync(path)) {
    return path
  }

  const [loader, libraries] = await findLoader(folder)
  const own = `${path}-${process.pid}`

  await writeFile(
    own,
    `#!/bin/sh
here=\${0%/*}
exec "$here/${loader}" --library-path "$here/${libraries}" --argv0 valkey-server "$here/usr/bin/valkey-server" "$@"
`
  )
  await chmod(own, 0o755)
  // Whole or not at all, since several test runs may do this at once.
  await rename(own, path)

  return path
}

/** Both relative to the folder, which may be moved: `usr/lib/<architecture>/ld-linux-….so.2`. */
async function findLoader(folder: string): Promise<[loader: string, libraries: string]> {
  for (const architecture of await readdir(join(folder, 'usr/lib')).catch(() => [])) {
    const libraries = join('usr/lib', architecture)
    const names = await readdir(join(folder, libraries)).catch(() => [])
    const loader = names.find((name) => /^ld-linux.*\.so/.test(name))

    if (loader !== undefined) {
      return [join(libraries, loader), libraries]
    }
  }

  throw new Error(`${folder} holds no dynamic loader, remove it`)
}

function installCommand(): string {
  if (process.platform === 'darwin') {
    return 'brew install valkey'
  }

  return existsSync('/usr/bin/apt-get')
    ? 'sudo apt-get install valkey-server'
    : 'install valkey with the package manager of your system'
}
