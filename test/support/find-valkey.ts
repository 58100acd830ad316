import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import {
  type FoundRedis,
  type NoRedis,
  type RedisBinary,
  reasonOf,
  tryBinary
} from './find-redis.ts'
import { unpackDebianProgram } from './unpack-debian-program.ts'

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
  return await tryValkey(
    await unpackDebianProgram({
      program: 'valkey-server',
      folder: 'valkey',
      packages: ['valkey-server', 'valkey-tools'],
      since: DEBIAN_WITH_VALKEY
    })
  )
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

function installCommand(): string {
  if (process.platform === 'darwin') {
    return 'brew install valkey'
  }

  return existsSync('/usr/bin/apt-get')
    ? 'sudo apt-get install valkey-server'
    : 'install valkey with the package manager of your system'
}
