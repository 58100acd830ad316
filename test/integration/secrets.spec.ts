import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { askRedis } from '../support/ask-redis.ts'
import { type Finished, runCli, type ServingCli, serveCli } from '../support/cli.ts'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { startRefusingServer } from '../support/refusing-server.ts'
import { connectTestClient } from '../support/test-client.ts'

const PASSWORD = 'pass/w@rd-4711'
const SENTINEL_PASSWORD = 'watch:w@rd-0815'

/** 64 hex digits, as Waku's nodes keep a key, and one that is too much. */
const BROKEN_KEY = `${'c0ffee42'.repeat(8)}9`

/** Each in the forms in which it may turn up. */
const SECRETS = [PASSWORD, SENTINEL_PASSWORD, BROKEN_KEY].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('hex')
])

const ENCODED = encodeURIComponent(PASSWORD)
const PAGES = [
  '/metrics',
  '/livez',
  '/readyz?verbose',
  '/api/v1/node',
  '/api/v1/cluster',
  '/',
  '/%'
]

const BAD_SETTINGS = 2
const CANNOT_SERVE = 3

let folder: string
let front: ServingCli | undefined
let redis: RedisServer | undefined

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rendezvous-secrets-'))
})

afterEach(async () => {
  await front?.kill()
  await redis?.stop()
  front = undefined
  redis = undefined
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Writes a file for its owner alone, and returns its path. */
function file(name: string, content: string): string {
  const path = join(folder, name)

  writeFileSync(path, content, { mode: 0o600 })

  return path
}

/** The variable with the Sentinels' password, where the store has some. */
function sentinelPasswordFor(store: string): Record<string, string> {
  return store.startsWith('redis+sentinel:')
    ? { RENDEZVOUS_REDIS_SENTINEL_PASSWORD: SENTINEL_PASSWORD }
    : {}
}

/** A start that fails, as talkative as it gets. */
function failToServe(args: string[], env?: Record<string, string>): Promise<Finished> {
  return runCli(
    ['serve', '--listen', '/ip4/127.0.0.1/tcp/0', '--sidecar', '127.0.0.1:0'].concat(
      ['--log-level', 'trace'],
      args
    ),
    env
  )
}

function expectNoSecretIn(text: string): void {
  const lines = text.split('\n')

  expect(lines.filter((line) => SECRETS.some((secret) => line.includes(secret)))).toEqual([])
}

function expectRefusedWithout({ code, stdout, stderr }: Finished, expected: number): void {
  expect(code).toBe(expected)
  expect(stdout + stderr).not.toBe('')
  expectNoSecretIn(stdout + stderr)
}

async function pagesOf({ sidecar }: ServingCli): Promise<string> {
  const answers = await Promise.all(PAGES.map((page) => fetch(`${sidecar}${page}`)))

  return (await Promise.all(answers.map((answer) => answer.text()))).join('\n')
}

async function expectNothingToldBy(serving: ServingCli): Promise<void> {
  expectNoSecretIn(await pagesOf(serving))
  serving.process.kill('SIGTERM')

  const { stdout, stderr } = await serving.finished

  expectNoSecretIn(stdout + stderr)
}

describe('no password is shown by a start that fails', () => {
  it.each([
    ['a flag', (url: string) => failToServe(['--store', url])],
    ['the environment', (url: string) => failToServe([], { RENDEZVOUS_STORE: url })],
    ['a file of its own', (url: string) => failToServe(['--store-file', file('store', url)])],
    [
      'a file of settings',
      (url: string) => failToServe(['--config', file('c.yaml', `store: '${url}'`)])
    ]
  ])('for a URL in %s that is none', async (_where, start) => {
    expectRefusedWithout(await start(`redis://front:${ENCODED}@127.0.0.1:bad`), BAD_SETTINGS)
  })

  it('for a flag that is no setting', async () => {
    const { code, stdout, stderr } = await failToServe([`--redis-pasword=${PASSWORD}`])

    expect(code).not.toBe(0)
    expect(stderr).toContain('--redis-pasword')
    expectNoSecretIn(stdout + stderr)
  })

  it('for a key file that holds no key', async () => {
    const path = file('node.key', BROKEN_KEY)

    expectRefusedWithout(await failToServe(['--key-file', path]), BAD_SETTINGS)
  })

  it('for a seed that is too short', async () => {
    const path = file('cluster.seed', PASSWORD)
    const flags = ['--key-seed-file', path, '--ordinal', '0']

    expectRefusedWithout(await failToServe(flags), BAD_SETTINGS)
  })
})

// Each waits for its store in vain, so they wait together.
describe.concurrent('no password is shown by a node', () => {
  it.each([
    `redis://front:${ENCODED}@127.0.0.1:1`,
    `redis+sentinel://:${ENCODED}@127.0.0.1:1/main`,
    `redis+cluster://:${ENCODED}@127.0.0.1:1`
  ])('whose store is away: %s', async (store) => {
    const serving = await serveCli(
      ['--log-level', 'trace', '--store', store],
      sentinelPasswordFor(store)
    )

    try {
      await expectNothingToldBy(serving)
    } finally {
      await serving.kill()
    }
  })

  it.each([
    [`redis://front:${ENCODED}@`, '', PASSWORD],
    [`redis://:${ENCODED}@`, '', PASSWORD],
    [`redis+cluster://:${ENCODED}@`, '', PASSWORD],
    [`redis+sentinel://:${ENCODED}@`, '/main', SENTINEL_PASSWORD]
  ])('whose server repeats what it was told: %s', async (url, path, password) => {
    const refusing = await startRefusingServer()
    const store = `${url}127.0.0.1:${refusing.port}${path}`
    const serving = await serveCli(
      ['--log-level', 'trace', '--store', store],
      sentinelPasswordFor(store)
    )

    try {
      expect(refusing.heard()).toContain(password)
      expect(serving.output().stdout).toContain('unknown command')
      await expectNothingToldBy(serving)
    } finally {
      await serving.kill()
      await refusing.stop()
    }
  })
})

describeWithRedisServer('no password of a real Redis is shown', (binary) => {
  async function startRedis(...args: string[]): Promise<RedisServer> {
    redis = await startRedisServer({ binary, args })

    return redis
  }

  it.each([
    ['a wrong one', ['--requirepass', 'another']],
    ['one where none is wanted', []],
    ['one that it does not ask for as it should', ['--rename-command', 'HELLO', '']]
  ])('by a node that has %s', async (_what, args) => {
    const { port } = await startRedis(...args)
    const url = `redis://front:${ENCODED}@127.0.0.1:${port}`

    expectRefusedWithout(await failToServe(['--store', url]), CANNOT_SERVE)
  })

  it('by a node that serves, and whose password is changed under it', async () => {
    const { port, url } = await startRedis('--requirepass', PASSWORD)

    front = await serveCli(
      ['--log-level', 'trace', '--store', `redis://127.0.0.1:${port}`].concat([
        '--redis-password-file',
        file('password', `${PASSWORD}\n`)
      ])
    )

    const client = await connectTestClient(multiaddr(front.point))

    try {
      expect(await client.register('news')).toBe(0)
      expectNoSecretIn(await pagesOf(front))

      const asAdministrator = { url: url.replace('//', `//:${ENCODED}@`) }

      await askRedis(asAdministrator, 'CONFIG', 'SET', 'requirepass', 'another')
      await askRedis({ url: url.replace('//', '//:another@') }, 'CLIENT', 'KILL', 'TYPE', 'normal')
      await expect.poll(() => front?.output().stdout, { timeout: 5000 }).toContain('WRONGPASS')
      expect(await client.register('news')).toBe(400)
    } finally {
      await client.stop()
    }

    await expectNothingToldBy(front)
  })
})
