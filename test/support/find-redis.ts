import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { onDeathOfThisProcess } from './redis-server.ts'
import { unpackDebianPackages } from './unpack-debian-packages.ts'

const run = promisify(execFile)

const SERVER_NAMES = ['redis-server', 'valkey-server']
const HOMEBREW_FOLDERS = ['/opt/homebrew/bin', '/usr/local/bin']
const PACKAGES = ['redis-server', 'redis-tools']
const CONTAINER_IMAGE = 'redis:7-bookworm'
const CHECK_TIMEOUT_MS = 5_000
const DOWNLOAD_TIMEOUT_MS = 120_000

export interface RedisBinary {
  kind: 'binary'
  path: string
  /** What it needs besides this process's own environment. */
  env: Record<string, string>
}

export interface RedisUrl {
  kind: 'url'
  url: string
}

export interface NoRedis {
  kind: 'none'
  reason: string
  /** The command that installs Redis on this system. */
  install: string
}

export type RedisSource = RedisBinary | RedisUrl | NoRedis

export interface FoundRedis<Source = RedisSource> {
  source: Source
  /** For people: what was found and where. */
  description: string
  /** Ends what was started in order to have a Redis. */
  stop?: () => Promise<void>
}

/**
 * As {@link findRedis}, for what starts and ends servers itself.
 *
 * @throws Error where none can be started, as with the URL of one that runs
 */
export async function findRedisBinary(): Promise<{ binary: RedisBinary; description: string }> {
  const { source, description } = await findRedis()

  if (source.kind !== 'binary') {
    throw new Error('a Redis that can be started is needed: install redis-server')
  }

  return { binary: source, description }
}

/**
 * Finds a Redis server for the tests, without installing anything into the system: the one named by
 * `RENDEZVOUS_TEST_REDIS` (a binary's path or a URL), an installed one, the packages of Debian or
 * Ubuntu unpacked into `node_modules/.cache`, or a container.
 *
 * @throws Error if `RENDEZVOUS_TEST_REDIS` is set and cannot be used
 */
export async function findRedis(): Promise<FoundRedis> {
  const configured = process.env.RENDEZVOUS_TEST_REDIS

  if (configured !== undefined && configured !== '') {
    return await useConfigured(configured)
  }

  const problems: string[] = []

  for (const find of [findInstalled, findUnpacked, startContainer]) {
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

async function useConfigured(configured: string): Promise<FoundRedis> {
  if (/^rediss?:\/\//.test(configured)) {
    return {
      source: { kind: 'url', url: configured },
      description: 'RENDEZVOUS_TEST_REDIS (a URL)'
    }
  }

  const found = await tryBinary({ kind: 'binary', path: configured, env: {} })

  if (found === undefined) {
    throw new Error(`RENDEZVOUS_TEST_REDIS: ${configured} is neither a redis:// URL nor runs`)
  }

  return found
}

async function findInstalled(): Promise<FoundRedis> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...HOMEBREW_FOLDERS]

  for (const name of SERVER_NAMES) {
    for (const folder of folders) {
      const found = await tryBinary({ kind: 'binary', path: join(folder, name), env: {} })

      if (found !== undefined) {
        return found
      }
    }
  }

  throw new Error(`no ${SERVER_NAMES.join(' or ')} in PATH`)
}

/** The distribution's packages, unpacked by an ordinary user; downloaded once per checkout. */
async function findUnpacked(): Promise<FoundRedis> {
  // redis-server is a link into redis-tools, which is therefore needed even where it is installed.
  const folder = await unpackDebianPackages({ folder: 'redis', names: PACKAGES })
  const found = await tryBinary(await unpackedBinary(folder))

  if (found === undefined) {
    throw new Error(`${folder} does not run here, remove it`)
  }

  return found
}

async function unpackedBinary(folder: string): Promise<RedisBinary> {
  const libraries = await Promise.all(
    ['lib', 'usr/lib'].map(async (name) => {
      const entries = await readdir(join(folder, name)).catch(() => [])
      return entries.map((entry) => join(folder, name, entry))
    })
  )

  return {
    kind: 'binary',
    path: join(folder, 'usr/bin/redis-server'),
    env: { LD_LIBRARY_PATH: libraries.flat().join(':') }
  }
}

async function startContainer(): Promise<FoundRedis> {
  try {
    await run('docker', ['version'], { timeout: CHECK_TIMEOUT_MS })
  } catch {
    throw new Error('no container engine answers')
  }

  const publish = ['--publish', '127.0.0.1::6379']
  const server = [CONTAINER_IMAGE, 'redis-server', '--save', '']
  const options = { timeout: DOWNLOAD_TIMEOUT_MS }
  const started = await run('docker', ['run', '--rm', '--detach', ...publish, ...server], options)
  const container = started.stdout.trim()
  const released = onDeathOfThisProcess('docker rm --force "$1"', [container])
  const address = await run('docker', ['port', container, '6379/tcp'])

  return {
    source: { kind: 'url', url: `redis://${address.stdout.trim()}` },
    description: `a container of ${CONTAINER_IMAGE}`,
    stop: async () => {
      released()
      await run('docker', ['rm', '--force', container])
    }
  }
}

/** Describes a server that runs; undefined where it does not. */
export async function tryBinary(source: RedisBinary): Promise<FoundRedis<RedisBinary> | undefined> {
  try {
    const env = { ...process.env, ...source.env }
    const { stdout } = await run(source.path, ['--version'], { env, timeout: CHECK_TIMEOUT_MS })
    const version = /v=(\S+)/.exec(stdout)?.[1] ?? 'of unknown version'

    return { source, description: `${basename(source.path)} ${version} (${source.path})` }
  } catch {
    return undefined
  }
}

function installCommand(): string {
  if (process.platform === 'darwin') {
    return 'brew install redis'
  }

  return existsSync('/usr/bin/apt-get')
    ? 'sudo apt-get install redis-server'
    : 'install redis or valkey with the package manager of your system'
}

/** What a failed command said last is why it failed; execFile's own message repeats the command. */
export function reasonOf(err: unknown): string {
  const { stderr, message } = err as Error & { stderr?: string }
  const lines = (stderr || message).trim().split('\n')

  return lines.at(-1) ?? message
}
