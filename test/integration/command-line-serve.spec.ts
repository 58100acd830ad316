import { existsSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { runCli, type ServingCli, serveCli, spawnCli } from '../support/cli.ts'

describe('rendezvous serve', () => {
  let serving: ServingCli | undefined

  afterEach(async () => {
    await serving?.kill()
    serving = undefined
  })

  it('tells on standard output where it is reached, and stops cleanly on SIGTERM', async () => {
    serving = await serveCli()
    serving.process.kill('SIGTERM')

    const { code, stdout } = await serving.finished

    expect(code).toBe(0)
    expect(stdout).toContain(`reachable at ${serving.point}`)
    expect(stdout).toContain(`sidecar at ${serving.sidecar}`)
    expect(stdout).toContain('"msg":"stopped"')
  })

  it('takes one signal that comes twice for one', async () => {
    serving = await serveCli()
    serving.process.kill('SIGINT')
    serving.process.kill('SIGINT')

    expect((await serving.finished).code).toBe(0)
  })

  it('does not wait any longer once a signal comes again', async () => {
    serving = await serveCli(['--drain-seconds', '60'])

    const { process: server, finished, point } = serving
    const registering = spawnCli(['register', '--point', point, '--namespace', 'again'])

    await expect.poll(() => registering.output().stdout).toContain('registered')

    const impatience = setInterval(() => server.kill('SIGTERM'), 100)
    const { code, stdout } = await finished

    clearInterval(impatience)
    registering.process.kill('SIGKILL')

    expect(code).toBe(1)
    expect(stdout).toContain('SIGTERM again')
  })

  it('stops cleanly while it still waits for Redis', async () => {
    const starting = spawnCli(
      ['serve', '--listen', '/ip4/127.0.0.1/tcp/0', '--sidecar', '127.0.0.1:0'].concat([
        '--store',
        'redis://127.0.0.1:1',
        '--log-level',
        'debug'
      ])
    )

    await expect
      .poll(() => starting.output().stdout, { timeout: 5000 })
      .toContain('waiting for redis')
    starting.process.kill('SIGTERM')

    expect((await starting.finished).code).toBe(0)
  })

  it('closes its connections over the drain time, and serves them until then', async () => {
    serving = await serveCli(['--drain-seconds', '1.5'])

    const registering = spawnCli([
      'register',
      '--point',
      serving.point,
      '--namespace',
      'drain',
      '--ttl',
      '1'
    ])

    await expect.poll(() => registering.output().stdout).toContain('registered')
    const signalledAtMs = performance.now()

    serving.process.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${serving?.sidecar}/readyz`)).status).toBe(503)
    const { code } = await serving.finished

    registering.process.kill('SIGKILL')

    expect(code).toBe(0)
    expect(performance.now() - signalledAtMs).toBeGreaterThanOrEqual(1500)
    // A refresh every half second: at least one came after the signal and was answered.
    expect(registering.output().stdout.split('registered').length).toBeGreaterThan(2)
  })

  it('ends with 2 and names every problem at once', async () => {
    const { code, stderr } = await runCli(['serve', '--listen', 'x', '--max-connections', '0'], {
      RENDEZVOUS_LOG_LEVEL: 'loud'
    })

    expect(code).toBe(2)
    expect(stderr.trim().split('\n')).toHaveLength(3)
  })

  it('warns of a variable that is no setting', async () => {
    serving = await serveCli([], { RENDEZVOUS_MAX_CONECTIONS: 's3cret' })

    expect(serving.output().stdout).toContain('RENDEZVOUS_MAX_CONECTIONS is no setting')
    expect(serving.output().stdout).not.toContain('s3cret')
  })

  it('takes a switch without a value for true', async () => {
    const { code, stderr } = await runCli(['serve', '--limit-private-sources', '--listen', 'x'])

    expect(code).toBe(2)
    expect(stderr).not.toContain('--limit-private-sources')
  })

  it('ends with 2 when its key file can’t be used', async () => {
    const { code, stdout } = await runCli(['serve', '--key-file', '/dev/null'])

    expect(code).toBe(2)
    expect(stdout).toContain('/dev/null')
  })

  it('ends with 1 and says what to do when its port is taken', async () => {
    serving = await serveCli()

    const port = new URL(serving.sidecar).port
    const { code, stdout } = await runCli([
      'serve',
      '--listen',
      '/ip4/127.0.0.1/tcp/0',
      '--sidecar',
      `127.0.0.1:${port}`
    ])

    expect(code).toBe(1)
    expect(stdout).toContain(`address already in use 127.0.0.1:${port}`)
    expect(stdout).toContain('--sidecar')
  })

  it.each([
    ['--listen', '/ip4/192.0.2.1/tcp/0', 'cannot listen on /ip4/192.0.2.1/tcp/0: '],
    ['--ready-file', '/no/such/folder/ready.json', '--ready-file: ENOENT'],
    ['--ready-file', '/', '--ready-file: ']
  ])('ends with 1 and one line that names the cause: %s %s', async (flag, value, cause) => {
    const listen = flag === '--listen' ? [] : ['--listen', '/ip4/127.0.0.1/tcp/0']
    const { code, stdout } = await runCli(
      ['serve', '--sidecar', '127.0.0.1:0', '--log-level', 'fatal', flag, value].concat(listen)
    )

    expect(code).toBe(1)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout).msg).toContain(cause)
    expect(JSON.parse(stdout).msg).not.toMatch(/\n| {4}at /)
  })

  it('leaves no ready file behind that would be taken for one of a later run', async () => {
    serving = await serveCli()
    serving.process.kill('SIGTERM')
    await serving.finished

    expect(existsSync(serving.readyFile)).toBe(false)
  })

  it.each([
    ['', [0, 1, 2, 3, 130]],
    ['serve', [0, 1, 2, 3]],
    ['register', [0, 1, 2, 130]],
    ['discover', [0, 1, 2]],
    ['watch', [0, 1, 2]],
    ['healthcheck', [0, 1, 2]],
    ['doctor', [0, 1, 2]],
    ['cluster', [0, 1, 2]],
    ['namespaces', [0, 1, 2, 130]],
    ['key', [0, 1, 2]],
    ['key generate', [0, 1, 2]],
    ['plan', [0, 2]],
    ['demo', [0, 1, 2, 130]]
  ])(
    'has help for every command, with the exit codes that it ends with: %s',
    async (command, codes) => {
      const { code, stdout } = await runCli(command.split(' ').filter(Boolean).concat('--help'))
      const [, shown = ''] = stdout.split('Exit codes:\n')

      expect(code).toBe(0)
      expect(shown.match(/^ {2}\d+/gm)?.map(Number)).toEqual(codes)
      expect(stdout.includes('a port is taken')).toBe(command === 'serve')
    }
  )

  it.each([
    ['help nope', 'nope'],
    ['help sevre', 'sevre'],
    ['key help nope', 'key nope']
  ])('knows no help of what is no command: %s', async (asked, command) => {
    const helped = await runCli(asked.split(' '))

    expect(helped).toEqual(await runCli(command.split(' ')))
    expect(helped.stderr).toContain(`error: unknown command '${command.split(' ').at(-1)}'`)
  })

  it.each(['', 'key', 'key generate'])(
    'has the same help of a command by help: %s',
    async (words) => {
      const [last, ...parents] = words.split(' ').filter(Boolean).reverse()
      const helped = await runCli([...parents.reverse(), 'help', ...(last == null ? [] : [last])])
      const { stdout } = await runCli(words.split(' ').filter(Boolean).concat('--help'))

      expect(helped).toEqual({ code: 0, stdout, stderr: '' })
      expect(stdout.match(/^ {2}help \[command\]/gm) ?? []).toHaveLength(
        words.endsWith('generate') ? 0 : 1
      )
    }
  )

  it('has help with defaults and variables', async () => {
    expect((await runCli(['serve', '--help'])).stdout).toMatch(
      /--max-connections <n>[\s\S]*default:\s+10000[\s\S]*RENDEZVOUS_MAX_CONNECTIONS/
    )
  })
})
