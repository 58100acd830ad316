import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import type { RedisAccess } from '../../../libs/stores/src/redis/create-redis-client.ts'
import { ServerConnector } from '../../../libs/stores/src/redis/server-connector.ts'
import { pairsOf, type RedisAnswer } from '../../support/ask-redis.ts'
import type { RedisBinary } from '../../support/find-redis.ts'
import type { TlsFiles } from '../../support/redis-server.ts'
import { type RedisTopology, startTopology } from '../../support/redis-topology.ts'
import type { TopologyServer } from '../../support/topology-server.ts'
import { ACL_USER, fillAclFile, userWithout } from './acl-file.ts'
import { createAuthority } from './create-authority.ts'

/** In the servers' certificates, and nothing else: their addresses are not. */
const SERVER_NAME = 'redis.example.org'

/** Characters that mean something in a URL, in an ACL or to a shell. */
const PASSWORD = 'p@ss:w/rd?&#%25 +ü>$"\'`\\'
const SENTINEL_PASSWORD = 'of the Sentinels'

/** Servers that speak TLS with those only who have a certificate, and know the shipped ACL's user. */
export interface GuardedTopology extends RedisTopology {
  /** All that a front node needs. */
  access: Required<Pick<RedisAccess, 'username' | 'password' | 'tls' | 'sentinelPassword'>>
  /** What somebody needs who may do everything. */
  adminAccess: RedisAccess
  /** Files of the front node's certificate, and of another authority's. */
  files: { client: TlsFiles; stranger: TlsFiles }
  /** Runs one command as the administrator. */
  ask(server: TopologyServer, command: string, ...args: (string | number)[]): Promise<RedisAnswer>
  /** Runs one command on every server with data. */
  askAll(command: string, ...args: (string | number)[]): Promise<RedisAnswer[]>
  /** Another user on all servers, who may do the same as the shipped one but for some commands. */
  createUserWithout(...commands: string[]): Promise<{ username: string }>
  /** Commands that servers have refused to run for a user. */
  deniedTo(username: string): Promise<string[]>
}

/** Name of the user with fewer rights. */
const LESSER_USER = 'lesser'

/**
 * What ioredis tells about itself on each connection. Redis 7.0 does not load a file that grants it,
 * and nothing depends on it.
 */
const NEVER_GRANTED = 'client|setinfo'

export async function startGuardedTopology(
  kind: RedisTopology['kind'],
  binary: RedisBinary,
  folder: string
): Promise<GuardedTopology> {
  const authority = await createAuthority(folder, 'authority')
  const stranger = await (await createAuthority(folder, 'other authority')).issue('stranger')
  const client = await authority.issue('front-node')
  const topology = await startTopology(kind, {
    binary,
    tls: await authority.issue(SERVER_NAME),
    args: ['--aclfile', await fillAclFile(folder, PASSWORD)]
  })
  const tls = { ...readTls(client), servername: SERVER_NAME }

  async function ask({ port }: TopologyServer, command: string, ...args: (string | number)[]) {
    const redis = new Redis({
      Connector: ServerConnector,
      port,
      host: '127.0.0.1',
      tls,
      protocol: 2,
      enableReadyCheck: false
    })

    redis.on('error', () => {
      // The command is rejected too.
    })

    try {
      return (await redis.call(command, ...args)) as RedisAnswer
    } finally {
      redis.disconnect()
    }
  }

  const askAll: GuardedTopology['askAll'] = (command, ...args) =>
    Promise.all(topology.servers.map((server) => ask(server, command, ...args)))

  // Those who start a topology have no certificate: it is asked for from now on.
  await askAll('CONFIG', 'SET', 'tls-auth-clients', 'yes')
  await Promise.all(
    topology.sentinels.map(async (sentinel) => {
      await ask(sentinel, 'SENTINEL', 'CONFIG', 'SET', 'sentinel-pass', SENTINEL_PASSWORD)
      await ask(sentinel, 'ACL', 'SETUSER', 'default', `>${SENTINEL_PASSWORD}`)
    })
  )

  return {
    ...topology,
    access: { username: ACL_USER, password: PASSWORD, sentinelPassword: SENTINEL_PASSWORD, tls },
    adminAccess: { tls, sentinelPassword: SENTINEL_PASSWORD },
    files: { client, stranger },
    ask,
    askAll,
    async createUserWithout(...commands) {
      await askAll('ACL', ...userWithout(LESSER_USER, PASSWORD, commands))
      // A script that a server knows is not sent to it again.
      await askAll('SCRIPT', 'FLUSH')

      return { username: LESSER_USER }
    },
    async deniedTo(username) {
      const entries = (await askAll('ACL', 'LOG')).flat().map(pairsOf)

      return entries
        .filter((entry) => entry.get('username') === username && entry.get('reason') !== 'auth')
        .map((entry) => entry.get('object') as string)
        .filter((command) => command !== NEVER_GRANTED)
    }
  }
}

export function readTls({ ca, cert, key }: TlsFiles): NonNullable<RedisAccess['tls']> {
  return {
    ca: readFileSync(ca, 'utf8'),
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8')
  }
}
