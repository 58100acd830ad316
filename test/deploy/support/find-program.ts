import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { reasonOf } from '../../support/find-redis.ts'
import { unpackDebianProgram } from '../../support/unpack-debian-program.ts'

const run = promisify(execFile)

const CHECK_TIMEOUT_MS = 30_000

/** The first with a Kustomize 5, and with promtool in a package of its own. */
const DEBIAN_WITH_ALL = { version: 13, codename: 'trixie' }

export interface WantedProgram {
  name: string
  /** Arguments that make it tell its version. */
  versionArgs: string[]
  /** Its version in that answer, or undefined where it is too old. */
  versionIn: (answer: string) => string | undefined
  debianPackage: string
}

export interface FoundProgram {
  /** Absent where there is none. */
  path?: string
  /** For people: what was found and where, or why there is none. */
  description: string
}

/** `kubectl` of 2023 or later: it brings a Kustomize 5, where older ones render otherwise. */
export const KUBECTL: WantedProgram = {
  name: 'kubectl',
  versionArgs: ['version', '--client', '--output=json'],
  versionIn: (answer) => /"kustomizeVersion": "(v(?:[5-9]|\d\d)\.[^"]+)"/.exec(answer)?.[1],
  debianPackage: 'kubernetes-client'
}

export const SHELLCHECK: WantedProgram = {
  name: 'shellcheck',
  versionArgs: ['--version'],
  versionIn: (answer) => /^version: (\S+)$/m.exec(answer)?.[1],
  debianPackage: 'shellcheck'
}

export const PROMTOOL: WantedProgram = {
  name: 'promtool',
  versionArgs: ['--version'],
  versionIn: (answer) => /^promtool, version (\S+)/m.exec(answer)?.[1],
  debianPackage: 'promtool'
}

/**
 * A program for the tests, without installing anything into the system: the one that
 * `RENDEZVOUS_TEST_<NAME>` names, one in PATH, or Debian's package unpacked into `node_modules/.cache`.
 *
 * @throws Error if the variable is set and what it names cannot be used
 */
export async function findProgram(wanted: WantedProgram): Promise<FoundProgram> {
  const variable = `RENDEZVOUS_TEST_${wanted.name.toUpperCase()}`
  const configured = process.env[variable]

  if (configured !== undefined && configured !== '') {
    return await tryProgram(configured, wanted).catch((err) => {
      throw new Error(`${variable}: ${reasonOf(err)}`)
    })
  }

  const problems: string[] = []

  for (const find of [findInstalled, findUnpacked]) {
    try {
      return await tryProgram(await find(wanted), wanted)
    } catch (err) {
      problems.push(reasonOf(err))
    }
  }

  return {
    description: `no ${wanted.name} (${problems.join('; ')}): install one, or name it in ${variable}`
  }
}

async function findInstalled({ name }: WantedProgram): Promise<string> {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  const path = paths.find((candidate) => existsSync(candidate))

  if (path === undefined) {
    throw new Error(`no ${name} in PATH`)
  }

  return path
}

async function findUnpacked({ name, debianPackage }: WantedProgram): Promise<string> {
  return await unpackDebianProgram({
    program: name,
    folder: name,
    packages: [debianPackage],
    since: DEBIAN_WITH_ALL
  })
}

async function tryProgram(path: string, wanted: WantedProgram): Promise<FoundProgram> {
  const { stdout } = await run(path, wanted.versionArgs, { timeout: CHECK_TIMEOUT_MS })
  const version = wanted.versionIn(stdout)

  if (version === undefined) {
    throw new Error(`${path} is too old`)
  }

  return { path, description: `${wanted.name} ${version} (${path})` }
}
