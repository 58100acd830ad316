import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Registration } from '@rendezvous-cluster/rendezvous'
import { describeRegistrationStore, registrationOf } from '@rendezvous-cluster/stores/compliance'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ClusterSettings } from '../../libs/stores/src/redis/cluster-settings.ts'
import type { RedisAccess } from '../../libs/stores/src/redis/create-redis-client.ts'
import { namespaceKeys } from '../../libs/stores/src/redis/keys.ts'
import { openRedis } from '../../libs/stores/src/redis/open-redis.ts'
import { RedisConnection } from '../../libs/stores/src/redis/redis-connection.ts'
import { RedisDirectory } from '../../libs/stores/src/redis/redis-directory.ts'
import { RedisStore } from '../../libs/stores/src/redis/redis-store.ts'
import { StoreConfigurationError } from '../../libs/stores/src/store-errors.ts'
import { nodeOf } from '../../libs/stores/test/cluster-directory-suite.ts'
import { createRedisUnderTest } from '../../libs/stores/test/redis-under-test.ts'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import type { RedisBinary } from '../support/find-redis.ts'
import { startRedisServer } from '../support/redis-server.ts'
import type { TopologyServer } from '../support/topology-server.ts'
import { ACL_FILE, ACL_USER, GRANTED } from './support/acl-file.ts'
import { describeWithBothServers } from './support/describe-with-valkey.ts'
import { type GuardedTopology, readTls, startGuardedTopology } from './support/guarded-topology.ts'

/** How long a store is waited for, and how soon one that is refused has to be. */
const OPEN_MS = 1000

/** How long a connection that can't stand is waited for: many attempts on a loopback. */
const NOT_OPEN_MS = 300

/** Of the commands that the file grants, those that only a Cluster's client sends. */
const OF_CLUSTERS = ['cluster|slots', 'cluster|info', 'asking', 'readonly', 'readwrite']

/** Without it connections have no name, and without the other a URL no database. Nothing fails. */
const OF_CONNECTIONS = ['client|setname', 'select']

const OF_STORES = GRANTED.filter(
  (command) => !OF_CLUSTERS.includes(command) && !OF_CONNECTIONS.includes(command)
)

/** Of a cluster topology: its first servers, with as many slots each. Their replicas come next. */
const PRIMARIES = 3
const SLOTS = 16_384

let prefixes = 0

describeWithRedisServer('Redis: the compliance suite with the rights of the ACL file', (binary) => {
  describe.each(['standalone', 'cluster'] as const)('on a %s', (kind) => {
    const topology = useGuardedTopology(kind, binary)

    describeRegistrationStore(kind, {
      // The servers' clocks go on while commands travel.
      clockMarginMs: 500,
      create: (init) =>
        createRedisUnderTest(topology().url, {
          ...init,
          access: topology().access,
          adminAccess: topology().adminAccess
        })
    })

    it('asked for nothing else', async () => {
      expect(await topology().deniedTo(ACL_USER)).toEqual([])
    })
  })
})

describeWithBothServers('access', (binary) => {
  it('keeps a server from starting whose ACL file was not filled in', async () => {
    const start = startRedisServer({ binary, args: ['--aclfile', ACL_FILE] })

    await expect(start).rejects.toThrow(/users\.acl:1: .*hash.*users\.acl:2: .*hash/s)
  })

  it('is refused where a password is wanted and none is given', async () => {
    const server = await startRedisServer({ binary, args: ['--requirepass', 'plain'] })

    try {
      await expect(open(server.url, {})).rejects.toThrow(
        /^Redis wants a password: .*--redis-password-file \(NOAUTH/
      )
      expect(await open(server.url, { password: 'plain' })).toBeDefined()
    } finally {
      await server.stop()
    }
  })

  describe.each(['standalone', 'sentinel', 'cluster'] as const)('of a %s', (kind) => {
    const topology = useGuardedTopology(kind, binary)
    let opened: RedisConnection[] = []

    afterEach(() => {
      for (const connection of opened) {
        connection.close()
      }

      opened = []
    })

    function connect(changes: RedisAccess = {}, url = topology().url): RedisConnection {
      const connection = new RedisConnection({ url, ...topology().access, ...changes })

      opened.push(connection)

      return connection
    }

    async function openStore(changes?: RedisAccess, url?: string) {
      const connection = connect(changes, url)
      const keyPrefix = `test:${prefixes++}:`
      const settings = new ClusterSettings(connection, { keyPrefix, keepsPrefixes: true })
      const warnings = await openRedis(connection, settings, OPEN_MS, { keyPrefix })

      return {
        client: connection.client,
        warnings,
        store: new RedisStore({ connection, settings, keyPrefix }),
        directory: new RedisDirectory(connection, settings, keyPrefix)
      }
    }

    async function expectRefused(
      changes: RedisAccess,
      reason: RegExp,
      url?: string
    ): Promise<void> {
      const startedAtMs = performance.now()
      const error = await openStore(changes, url).catch((error) => error)

      expect(error).toBeInstanceOf(StoreConfigurationError)
      expect(error.message).toMatch(reason)
      expect(performance.now() - startedAtMs).toBeLessThan(OPEN_MS)
    }

    async function expectNotConnected(
      changes: RedisAccess,
      reason: RegExp = /./,
      url?: string
    ): Promise<void> {
      const connection = connect(changes, url)

      expect(await connection.open(NOT_OPEN_MS)).toBe(false)
      await expect.poll(() => String(connection.lastError), { timeout: 5000 }).toMatch(reason)
    }

    /** Begins to move a registration's slot to another primary, which is asked for it from now on. */
    async function moveSlotOf({ kind, namespace }: Registration): Promise<void> {
      const { servers, ask, askAll } = topology()
      const [first] = servers as [TopologyServer]
      const { expiries } = namespaceKeys('', kind, namespace)
      const slot = Number(await ask(first, 'CLUSTER', 'KEYSLOT', expiries))
      const from = Math.floor((slot * PRIMARIES) / SLOTS)
      const to = (from + 1) % PRIMARIES
      const ids = (await askAll('CLUSTER', 'MYID')) as string[]

      await ask(servers[to] ?? first, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[from] ?? '')
      await ask(servers[from] ?? first, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to] ?? '')
    }

    it('serves a store and a directory', async () => {
      const { store, directory, warnings } = await openStore()
      const { kind, namespace, peerId, record, ...rest } = registrationOf()

      await store.put({ kind, namespace, peerId, record, ...rest })
      const sampled = await store.sample({ kind, namespace }, 10)

      expect(sampled.map((found) => Buffer.from(found.record))).toEqual([Buffer.from(record)])
      await expect.poll(() => countPaged(store), { timeout: 5000 }).toBe(1)
      expect(await store.sweep()).toEqual({ removed: 0, hasMore: false })
      expect(await store.stats()).toEqual({ registrations: 1, namespaces: 1 })
      expect(await store.remove({ kind, namespace, peerId })).toBe(true)

      await directory.announce(nodeOf())
      const nodes = await directory.list()

      await directory.withdraw(nodeOf())
      expect([nodes.length, await directory.list()]).toEqual([1, []])
      // These servers keep nothing on disk and have no bound of memory, and say so.
      expect(warnings).toEqual([
        expect.stringContaining('set maxmemory,'),
        expect.stringContaining('does not persist')
      ])
      expect(await topology().deniedTo(ACL_USER)).toEqual([])
    })

    it('has a name for each connection', async () => {
      await openStore()

      const clients = (await topology().askAll('CLIENT', 'LIST')).join('')

      expect(clients).toMatch(/ name=rendezvous .* user=rendezvous /)
    })

    it('takes user and password from the URL', async () => {
      const { username, password, ...access } = topology().access
      const url = withCredentials(topology().url, username, password)

      expect((await openStore(access, url)).warnings).toBeDefined()
    })

    it('takes settings before what the URL says', async () => {
      const url = withCredentials(topology().url, 'somebody', 'something')

      expect((await openStore(topology().access, url)).warnings).toBeDefined()
    })

    it.each([
      { what: 'a wrong password', changes: { password: 'something' } },
      { what: 'a wrong user', changes: { username: 'somebody' } },
      { what: 'no password', changes: { password: undefined } }
    ])('is refused with $what, at once', async ({ changes }) => {
      await expectRefused(changes, /^Redis refuses the user name or password: .* \(WRONGPASS/)
    })

    it('is not connected without a certificate that the servers trust', async () => {
      const stranger = readTls(topology().files.stranger)
      const tls = { ...topology().access.tls, cert: stranger.cert, key: stranger.key }

      await expectNotConnected({ tls })
      await expectNotConnected({ tls: { ...tls, cert: undefined, key: undefined } })
    })

    it('is not connected to servers of another authority', async () => {
      const { ca } = readTls(topology().files.stranger)
      const tls = { ...topology().access.tls, ca }

      await expectNotConnected({ tls }, /self-signed certificate in certificate chain/)
    })

    it('is not connected to servers whose certificate has another name', async () => {
      const tls = { ...topology().access.tls, servername: undefined }

      await expectNotConnected({ tls }, /127\.0\.0\.1 is not in the cert's list/)
    })

    if (kind === 'standalone') {
      it.each([
        ['SET', 'other', 'value'],
        ['HSET', 'other', 'field', 'value'],
        ['EVAL', "return redis.call('HGETALL', KEYS[1])", '1', 'other'],
        ['EVAL', "return redis.call('HGETALL', 'other')", '0'],
        ['EVAL', "return redis.call('KEYS', '*')", '0'],
        ['CONFIG', 'GET', '*'],
        ['CLIENT', 'LIST'],
        ['SCRIPT', 'FLUSH'],
        ['KEYS', '*'],
        ['FLUSHALL'],
        ['PUBLISH', 'test:channel', 'message'],
        ['ACL', 'LIST']
      ])('has no right to %s %s', async (command, ...args) => {
        const { client } = await openStore()

        await expect(client.call(command, ...args)).rejects.toThrow(/NOPERM|ACL failure|can't/)
      })

      it('is told that redis+cluster:// is for a Cluster only', async () => {
        const url = topology().url.replace('rediss', 'rediss+cluster')

        await expectRefused({}, /write redis:\/\/ instead of redis\+cluster:\/\//, url)
      })

      it.each(OF_STORES)('does not serve without the right to %s', async (command) => {
        const user = await topology().createUserWithout(command)
        const serving = openStore(user).then(({ store }) => store.put(registrationOf()))

        await expect(serving).rejects.toBeInstanceOf(StoreConfigurationError)
      })
    }

    if (kind !== 'cluster') {
      it('uses the database of the URL', async () => {
        await openStore(topology().access, `${topology().url}/1`)
        const keyspaces = await topology().askAll('INFO', 'keyspace')

        expect(keyspaces.join()).toContain('db1:')
      })

      it('does not start without the right to select, where the URL has a database', async () => {
        await expectRefused(
          await topology().createUserWithout('select'),
          /lacks a right/,
          `${topology().url}/1`
        )
      })
    }

    if (kind === 'sentinel') {
      it.each([
        { what: 'wrong', sentinelPassword: 'something', code: 'WRONGPASS' },
        { what: 'missing', sentinelPassword: undefined, code: 'NOAUTH' }
      ])('is refused with a $what password of the Sentinels', async (change) => {
        const { sentinelPassword, code } = change

        await expectRefused(
          { sentinelPassword },
          new RegExp(`^the Sentinels refuse .*--redis-sentinel-password .*${code}`)
        )
      })

      it('is refused when the Sentinels know no primary of that name', async () => {
        const url = topology().url.replace(/[^/]+$/, 'another')

        await expectRefused({}, /^the Sentinels know no primary of the name/, url)
      })
    }

    if (kind === 'cluster') {
      it('is told that redis:// is for one server only', async () => {
        const url = topology().url.replace('+cluster', '').replace(/,.*/, '')

        await expectRefused({}, /write redis\+cluster:\/\/ instead of redis:\/\//, url)
      })

      it('does not start without the right to cluster|slots', async () => {
        await expectRefused(await topology().createUserWithout('cluster|slots'), /lacks a right/)
      })

      it('is not connected without the right to cluster|info', async () => {
        await expectNotConnected(await topology().createUserWithout('cluster|info'))
      })

      it('reads on while a slot moves, by the right to ask', async () => {
        const { store } = await openStore()
        const registration = registrationOf({ namespace: 'of a moving slot' })

        await moveSlotOf(registration)
        const found = await store.sample(registration, 10)
        const page = await store.page(registration, 0, 10)
        const stats = (await topology().askAll('INFO', 'commandstats')).join('')

        expect(found).toEqual([])
        expect(page).toEqual({ registrations: [], cursor: 0 })
        expect(stats).toMatch(/cmdstat_asking:calls=[1-9].*,rejected_calls=0,failed_calls=0/)
      })

      it('tells servers what they are, by the right to readonly and readwrite', async () => {
        const user = await topology().createUserWithout('readonly', 'readwrite')
        const { servers, ask } = topology()

        await openStore()
        await openStore(user)
        await expect
          .poll(() => topology().deniedTo(user.username), { timeout: 20_000 })
          .toContain('readonly')
        await ask(servers[PRIMARIES] as TopologyServer, 'CLUSTER', 'FAILOVER')

        await expect
          .poll(() => topology().deniedTo(user.username), { timeout: 20_000 })
          .toContain('readwrite')
        expect(await topology().deniedTo(ACL_USER)).toEqual([])
      })
    }
  })
})

/** Starts it before all tests of a block and ends it after them. */
function useGuardedTopology(
  kind: GuardedTopology['kind'],
  binary: RedisBinary
): () => GuardedTopology {
  let folder: string
  let topology: GuardedTopology

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rendezvous-access-'))
    topology = await startGuardedTopology(kind, binary, folder)
  })

  afterAll(async () => {
    await topology?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  return () => topology
}

function withCredentials(url: string, username: string, password: string): string {
  return url.replace('://', `://${username}:${encodeURIComponent(password)}@`)
}

async function countPaged(store: RedisStore): Promise<number> {
  const { registrations } = await store.page({ kind: 'peer-record' }, 0, 10)

  return registrations.length
}

async function open(url: string, access: RedisAccess): Promise<string[] | undefined> {
  const connection = new RedisConnection({ url, ...access })
  const settings = new ClusterSettings(connection)

  try {
    return await openRedis(connection, settings, OPEN_MS)
  } finally {
    connection.close()
  }
}
