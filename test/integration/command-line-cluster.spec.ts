import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runCli, type ServingCli, serveCli } from '../support/cli.ts'
import { describeWithRedisServer } from '../support/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'

describeWithRedisServer('the command line of a cluster', (binary) => {
  let redis: RedisServer
  let nodes: ServingCli[]

  beforeAll(async () => {
    redis = await startRedisServer({ binary })
    nodes = await Promise.all([0, 1].map(() => serveCli(['--store', redis.url])))
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.kill()))
    await redis.stop()
  })

  const sidecarOf = (index: number): string => new URL(nodes[index]?.sidecar as string).host

  function register(index: number, namespace: string) {
    return runCli([
      ...['register', '--point', nodes[index]?.point as string, '--namespace', namespace],
      '--once'
    ])
  }

  it('shows all nodes at each of them', async () => {
    for (const index of [0, 1]) {
      await expect
        .poll(async () => {
          const { stdout } = await runCli(['cluster', '--sidecar', sidecarOf(index), '--json'])
          const status = JSON.parse(stdout)

          return status.nodes.map(({ peerId }: { peerId: string }) => peerId)
        })
        .toEqual(nodes.map(({ peerId }) => peerId).sort())
    }
  })

  it('shows them to people as a table', async () => {
    const { code, stdout } = await runCli(['cluster', '--sidecar', sidecarOf(1)])

    expect(code).toBe(0)
    expect(stdout).toMatch(
      new RegExp(
        `^${nodes[1]?.peerId} {2}serving, answers this {2}\\d+\\.\\d+\\.\\d+ +\\d+ +[\\d.]+$`,
        'm'
      )
    )
    expect(stdout).toMatch(/^store {10}redis, answers$/m)
  })

  it('lists namespaces, those with the most registrations first', async () => {
    await Promise.all([
      register(0, 'listed/one'),
      register(0, 'listed/two'),
      register(1, 'listed/two'),
      // What would clear a terminal.
      register(1, 'listed/\u001b[2J')
    ])

    const { code, stdout } = await runCli(['namespaces', '--store', redis.url])

    expect(code).toBe(0)
    expect(stdout).not.toContain('\u001b')
    expect(stdout.split('\n')[0]).toMatch(/^ +2 {2}peer-record +listed\/two$/)
    expect(stdout).toMatch(/^ +1 {2}peer-record +listed\/one$/m)
    expect(stdout).toMatch(/^ +1 {2}peer-record +0x6c69737465642f1b5b324a$/m)
    expect(stdout).toMatch(/^registrations: 4, namespaces: 3$/m)
  })

  it('lists as many as are wanted, as JSON too', async () => {
    const { stdout } = await runCli(['namespaces', '--store', redis.url, '--top', '1', '--json'])

    expect(JSON.parse(stdout)).toEqual({
      namespaces: [
        {
          namespace: 'listed/two',
          base64: Buffer.from('listed/two').toString('base64'),
          kind: 'peer-record',
          registrations: 2
        }
      ],
      total: 3,
      registrations: 4
    })
  })
})

describe('commands of operators', () => {
  let folder: string | undefined

  afterEach(async () => {
    if (folder != null) {
      await rm(folder, { recursive: true })
      folder = undefined
    }
  })

  it.each([
    { args: ['namespaces'], code: 2, text: /only a Redis can be looked into/ },
    {
      args: ['namespaces', '--store', 'redis://127.0.0.1:9'],
      code: 1,
      text: /^Redis does not answer: .*ECONNREFUSED/
    },
    { args: ['namespaces', '--store', 'redis//'], code: 2, text: /--store/ },
    { args: ['cluster', '--sidecar', '127.0.0.1:9'], code: 1, text: /does the node run\?/ },
    { args: ['cluster', '--sidecar', 'nowhere'], code: 2, text: /give host:port/ }
  ])('say what is wrong: $args', async ({ args, code, text }) => {
    const result = await runCli(args)

    expect(result.code).toBe(code)
    expect(result.stderr).toMatch(text)
    expect(result.stdout).toBe('')
  })

  it('show no password of a Redis', async () => {
    folder = await mkdtemp(join(tmpdir(), 'rendezvous-secrets-'))

    const password = randomBytes(8).toString('hex')
    const file = join(folder, 'url')

    await writeFile(file, `redis://:${password}@127.0.0.1:9`, { mode: 0o600 })

    for (const command of ['namespaces', 'doctor']) {
      const { stdout, stderr } = await runCli([command, '--store-file', file])

      expect(stdout + stderr).toContain('ECONNREFUSED')
      expect(stdout + stderr).not.toContain(password)
    }
  })
})
