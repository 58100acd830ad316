import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Finding, loadConfig, runDoctor } from '@rendezvous-cluster/front'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { askRedis } from '../support/ask-redis.ts'
import { CLI_MAIN, runCli, serveCli } from '../support/cli.ts'
import { createCertificate } from '../support/create-certificate.ts'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { type RedisServer, startRedisServer, type TlsFiles } from '../support/redis-server.ts'
import { startTopology } from '../support/redis-topology.ts'

/** Settings with which nothing is bad: other tests add the one that is. */
const SOUND = ['--listen', '/ip4/127.0.0.1/tcp/0']

/** Nothing listens there. */
const CLOSED_PORT = 9

describeWithRedisServer('rendezvous doctor', (binary) => {
  let ended: (() => Promise<unknown>)[]

  beforeEach(() => {
    ended = []
  })

  afterEach(async () => {
    await Promise.all(ended.map((end) => end()))
  })

  async function startRedis(args: string[] = [], tls?: TlsFiles): Promise<RedisServer> {
    const server = await startRedisServer({ binary, args, tls })

    ended.push(() => server.stop())

    return server
  }

  /** Runs it as operators do. */
  async function doctor(
    args: string[],
    env: Record<string, string> = {}
  ): Promise<{ code: number | string; findings: Finding[] }> {
    const { code, stdout } = await runCli(['doctor', ...SOUND, ...args, '--json'], env)

    return { code, findings: JSON.parse(stdout).findings }
  }

  const bad = (text: RegExp, cure?: RegExp) => finding('bad', text, cure)
  const warning = (text: RegExp, cure?: RegExp) => finding('warning', text, cure)

  function finding(level: string, text: RegExp, cure?: RegExp) {
    return expect.objectContaining({
      level,
      text: expect.stringMatching(text),
      ...(cure != null && { cure: expect.stringMatching(cure) })
    })
  }

  it('finds a wrong password', async () => {
    const { port } = await startRedis(['--requirepass', 'right'])
    const { code, findings } = await doctor(['--store', `redis://:wrong@127.0.0.1:${port}`])

    expect(code).toBe(1)
    expect(findings).toContainEqual(
      bad(/^Redis refuses the user name or password: .*--redis-password-file.* \(WRONGPASS/)
    )
  })

  it('finds a policy that evicts registrations', async () => {
    const { url } = await startRedis(['--maxmemory-policy', 'allkeys-lru'])
    const { code, findings } = await doctor(['--store', url])

    expect(code).toBe(0)
    expect(findings).toContainEqual(
      warning(
        /may evict registrations \(maxmemory-policy allkeys-lru\): set maxmemory-policy noeviction/
      )
    )
  })

  it('finds a server that is too old', async () => {
    const { port } = await startRedis()
    const old = await startProxyOfAnOldServer(port)

    ended.push(old.stop)

    const { code, findings } = await doctor(['--store', `redis://127.0.0.1:${old.port}`])

    expect(code).toBe(1)
    expect(findings).toContainEqual(bad(/^Redis 5\.\S+ is too old: 6\.2 or newer is needed/))
  })

  it('finds a port that is blocked', async () => {
    const { code, findings } = await doctor(['--announce', `/ip4/127.0.0.1/tcp/${CLOSED_PORT}`])

    expect(code).toBe(1)
    expect(findings).toContainEqual(
      bad(/^\/ip4\/127\.0\.0\.1\/tcp\/9 can't be reached from here: .*ECONNREFUSED/, /firewall/)
    )
  })

  it('finds a name that nobody knows, and calls no address good then', async () => {
    const { code, findings } = await doctor(['--announce', '/dns4/nope.invalid/tcp/60000'])

    expect(code).toBe(1)
    expect(findings.filter(({ subject }) => subject === 'addresses')).toEqual([
      warning(/takes another port at each start$/),
      bad(
        /^\/dns4\/nope\.invalid\/tcp\/60000 can't be reached from here: getaddrinfo/,
        /^make a DNS record for its name, or check how it is spelled$/
      )
    ])
  })

  it('finds that only private addresses are announced', async () => {
    const { findings } = await doctor([])

    expect(findings).toContainEqual(
      warning(/^peers are told addresses of this network alone: \/ip4\/127/, /--announce/)
    )
  })

  it('finds a low limit of open files', async () => {
    const command = `ulimit -n 500; exec "$0" "$@"`
    const child = spawn('sh', [
      '-c',
      command,
      process.execPath,
      CLI_MAIN,
      'doctor',
      ...SOUND,
      '--json'
    ])
    let stdout = ''

    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    await once(child, 'close')

    expect(JSON.parse(stdout).findings).toContainEqual(
      warning(
        /^the limit of 500 open files leaves room for 400 connections, and --max-connections is 10000$/,
        /ulimit -n 12500/
      )
    )
  })

  it.each([
    { by: 60_000, text: /is 60\.\d s behind this host's$/ },
    { by: -60_000, text: /is (59\.9|60\.0) s ahead of this host's$/ }
  ])('finds clocks that differ by $by ms', async ({ by, text }) => {
    const { url } = await startRedis()
    const config = loadConfig({
      flags: { listen: '/ip4/127.0.0.1/tcp/0', store: url },
      env: {},
      cwd: process.cwd()
    })
    const findings: Finding[] = []

    for await (const one of runDoctor({ config, now: () => Date.now() + by })) {
      findings.push(one)
    }

    expect(findings).toContainEqual(warning(text, /chrony/))
  })

  it('finds a right that is missing', async () => {
    const { port } = await startRedis(['--user', 'node', 'on', '>secret', '~*', '+@all', '-hset'])
    const { code, findings } = await doctor(['--store', `redis://node:secret@127.0.0.1:${port}`])

    expect(code).toBe(1)
    expect(findings).toContainEqual(
      bad(/^the Redis user of --store lacks a right: give it those of deploy\/redis\/users\.acl/)
    )
  })

  it('finds a Redis that cannot be reached', async () => {
    const { code, findings } = await doctor(['--store', `redis://127.0.0.1:${CLOSED_PORT}`])

    expect(code).toBe(1)
    expect(findings).toContainEqual(
      bad(/^Redis does not answer: .*ECONNREFUSED 127\.0\.0\.1:9/, /check that it runs/)
    )
  })

  it('finds a Redis that speaks no TLS', async () => {
    const { port } = await startRedis()
    const { code, findings } = await doctor(['--store', `rediss://127.0.0.1:${port}`])

    expect(code).toBe(1)
    expect(findings).toContainEqual(
      bad(/ETIMEDOUT; .* no TLS there: write redis instead of rediss in --store, .* tls-port$/)
    )
  })

  it('finds a Redis that speaks TLS alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rendezvous-doctor-'))

    ended.push(() => rm(folder, { recursive: true }))

    const { port } = await startRedis([], await createCertificate(folder))
    const { code, findings } = await doctor(['--store', `redis://127.0.0.1:${port}`])

    expect(code).toBe(1)
    expect(findings).toContainEqual(
      bad(/ECONNRESET; .* TLS there: write rediss instead of redis in --store$/)
    )
  })

  it('finds a slot of a Cluster that nobody answers for', async () => {
    const topology = await startTopology('cluster', { binary })

    ended.push(() => topology.stop())
    await Promise.all(
      topology.servers.map((server) => askRedis(server, 'CLUSTER', 'DELSLOTS', 7).catch(() => {}))
    )

    const { code, findings } = await doctor(['--store', topology.url])

    expect(code).toBe(1)
    expect(findings).toContainEqual(
      bad(/^nobody answers for 1 of 16384 slots of the Redis Cluster/, /--cluster fix/)
    )
  })

  it('finds nothing bad where nothing is, while the node runs too', async () => {
    const { url } = await startRedis(['--appendonly', 'yes'])
    const node = await serveCli(['--store', url])

    ended.push(() => node.kill())

    const address = node.point.replace(/\/p2p\/.*/, '')
    const { code, stdout } = await runCli([
      ...['doctor', '--store', url, '--listen', address, '--announce', address]
    ])

    expect(code).toBe(0)
    expect(stdout).toMatch(/store +good +Redis \d+\.\d+\.\d+ at 127\.0\.0\.1:\d+ answers in /)
    expect(stdout).toContain(`${address} leads here`)
    expect(stdout).toMatch(/\n0 bad, /)
  })

  it('leads nobody astray about an address of somebody else', async () => {
    const other = createServer((socket) => socket.end('220 another service'))

    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    ended.push(async () => void other.close())

    const { port } = other.address() as AddressInfo
    const { code, findings } = await doctor(['--announce', `/ip4/127.0.0.1/tcp/${port}`])

    expect(code).toBe(1)
    expect(findings).toContainEqual(bad(/leads to something else than this host$/))
  })

  it('finds a variable that is no setting', async () => {
    const { findings } = await doctor([], { RENDEZVOUS_MAX_CONECTIONS: '5' })

    expect(findings).toContainEqual(warning(/^RENDEZVOUS_MAX_CONECTIONS is no setting$/))
  })

  it('names each setting that is wrong', async () => {
    const { code, findings } = await doctor(['--max-connections', 'many', '--protocols', 'none'])

    expect(code).toBe(2)
    expect(findings).toEqual([
      expect.objectContaining({ subject: 'settings', level: 'bad' }),
      expect.objectContaining({ subject: 'settings', level: 'bad' })
    ])
  })
})

/** A real Redis that says it is a version from before 6.2. */
async function startProxyOfAnOldServer(port: number) {
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1')

    for (const socket of [client, server]) {
      socket.on('error', () => {})
    }

    client.pipe(server)
    server.on('data', (data) => {
      // As many letters as before: answers tell their length.
      client.write(data.toString('latin1').replace(/(redis_version:)\d/, '$15'), 'latin1')
    })
    server.on('close', () => client.destroy())
    client.on('close', () => server.destroy())
  })

  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')

  return {
    port: (proxy.address() as AddressInfo).port,
    stop: async () => void proxy.close()
  }
}
