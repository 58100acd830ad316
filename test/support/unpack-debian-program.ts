import { existsSync } from 'node:fs'
import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackDebianPackages } from './unpack-debian-packages.ts'

export interface DebianRelease {
  version: number
  codename: string
}

export interface DebianProgram {
  /** Name of a file in `/usr/bin`. */
  program: string
  /** Folder in `node_modules/.cache/rendezvous`. */
  folder: string
  packages: string[]
  /** The first release with a version that will do; an older machine takes its packages. */
  since: DebianRelease
}

/**
 * Unpacks a program of Debian, without installing it.
 *
 * @returns path of a file that runs it
 * @throws Error if this is no Debian, or the packages cannot be had
 */
export async function unpackDebianProgram(options: DebianProgram): Promise<string> {
  const { program, packages: names, since } = options
  const unpacked = { folder: options.folder, names, release: await release(since) }

  return await writeStarter(await unpackDebianPackages(unpacked), program)
}

/** Where the packages come from: this machine's release, unless that is too old. */
async function release(since: DebianRelease): Promise<{ from: string; to: string }> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const [id, version, codename] = ['ID', 'VERSION_ID', 'VERSION_CODENAME'].map(
    (name) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? ''
  ) as [string, string, string]

  if (id !== 'debian' || codename === '') {
    throw new Error('no Debian to take the packages of')
  }

  // Debian's testing and unstable have no version.
  const isOlder = version !== '' && Number(version) < since.version

  return { from: codename, to: isOlder ? since.codename : codename }
}

/**
 * One file to run as the program. The packages may be made for a later C library than this
 * machine's, which only their own dynamic loader can load; `exec` keeps the process id.
 */
async function writeStarter(folder: string, program: string): Promise<string> {
  const path = join(folder, program)

  if (existsSync(path)) {
    return path
  }

  const [loader, libraries] = await findLoader(folder)
  const own = `${path}-${process.pid}`

  await writeFile(
    own,
    `#!/bin/sh
here=\${0%/*}
exec "$here/${loader}" --library-path "$here/${libraries}" --argv0 ${program} "$here/usr/bin/${program}" "$@"
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
