import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli, type ServingCli, serveCli, spawnCli } from '../support/cli.ts'

const DEAD_POINT = ['--point', '/ip4/127.0.0.1/tcp/1', '--namespace', 'x']

describe('rendezvous register and discover', () => {
  let serving: ServingCli

  beforeAll(async () => {
    serving = await serveCli()
  })

  afterAll(() => serving.kill())

  const at = (namespace: string): string[] => ['--point', serving.point, '--namespace', namespace]

  it('find what was registered, with its address and lifetime', async () => {
    const address = '/ip4/192.0.2.7/tcp/4001'
    const registered = await runCli([
      'register',
      ...at('once'),
      '--once',
      '--json',
      '--address',
      address
    ])
    const discovered = await runCli(['discover', ...at('once'), '--json'])

    const { peerId, ttlSeconds } = JSON.parse(registered.stdout)
    const { registrations } = JSON.parse(discovered.stdout)

    expect([registered.code, discovered.code]).toEqual([0, 0])
    expect(ttlSeconds).toBe(20)
    expect(registrations).toEqual([
      { peerId, multiaddrs: [address], ttlSeconds: expect.any(Number) }
    ])
    expect(registrations[0].ttlSeconds).toBeLessThanOrEqual(20)
  })

  it('print for people without --json', async () => {
    const registered = await runCli(['register', ...at('people'), '--once', '--ttl', '7'])
    const discovered = await runCli(['discover', ...at('people')])

    expect(registered.stdout).toMatch(/^registered \S+ for 7 s at \/ip4\//)
    expect(discovered.stdout).toMatch(/^12D3KooW\S+ {2}\d+ s\n( {2}\/ip4\/\S+\n)+$/)
    expect(discovered.stdout).toMatch(/^ {2}\/ip4\/127\.0\.0\.1\/tcp\/\d+$/m)
  })

  it('say so when nobody is there', async () => {
    const { code, stdout, stderr } = await runCli(['discover', ...at('nobody')])

    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toContain('nobody is registered in "nobody"')
  })

  it('say nothing of more where nobody is there, or none was left out', async () => {
    await runCli(['register', ...at('zero'), '--once'])

    const nobody = await runCli(['discover', ...at('nobody'), '--limit', '0'])
    const all = await runCli(['discover', ...at('zero'), '--limit', '0'])
    const some = await runCli(['discover', ...at('zero'), '--limit', '1'])

    expect(nobody.stderr).toBe('nobody is registered in "nobody"\n')
    expect(all).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^12D3/) })
    expect(some.stderr).toBe('there may be more: ask for them with --limit\n')
  })

  it.each([
    ['waku', '1', true],
    ['waku', '2', false],
    ['waku', '0', undefined],
    ['libp2p', '1', true],
    ['libp2p', '0', undefined]
  ])('tell programs whether there may be more: %s, --limit %s', async (protocol, limit, more) => {
    const to = [...at(`more-${protocol}-${limit}`), '--protocol', protocol]

    await runCli(['register', ...to, '--once'])

    const { stdout } = await runCli(['discover', ...to, '--limit', limit, '--json'])

    expect(JSON.parse(stdout)).toEqual({ registrations: [expect.anything()], more })
  })

  it('keep one peer id with a key file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rendezvous-cli-'))

    try {
      const keyFile = join(folder, 'peer.key')
      const generated = await runCli(['key', 'generate', '--key-file', keyFile, '--json'])
      const registered = await runCli([
        'register',
        ...at('keyed'),
        '--once',
        '--json',
        '--key-file',
        keyFile
      ])

      expect(JSON.parse(registered.stdout).peerId).toBe(JSON.parse(generated.stdout).peerId)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('take the first point that answers', async () => {
    const dead = '/ip4/127.0.0.1/tcp/1'
    const { code, stdout } = await runCli([
      'discover',
      '--point',
      dead,
      ...at('failover'),
      '--json'
    ])

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ registrations: [], more: false })
  })

  it.each([
    ['waku', '21', '1 to 20 seconds with --protocol waku unless it is set otherwise'],
    [
      'libp2p',
      '259201',
      '1 to 259200 seconds with --protocol libp2p unless it is set otherwise, and in Rust 7200 at least'
    ]
  ])('fail with the point’s own reason when it refuses: %s', async (protocol, ttl, bounds) => {
    const { code, stderr } = await runCli(
      ['register', ...at('refused'), '--once'].concat('--protocol', protocol, '--ttl', ttl)
    )

    expect(code).toBe(1)
    expect(stderr).toBe(
      `the point refused: E_INVALID_TTL (102), bad ttl: a point takes ${bounds}\n`
    )
  })

  it('fail with JSON where JSON was asked for', async () => {
    const { code, stdout } = await runCli([
      'register',
      ...at('refused'),
      '--once',
      '--ttl',
      '21',
      '--json'
    ])

    expect(code).toBe(1)
    expect(JSON.parse(stdout).error.status).toBe('E_INVALID_TTL')
  })

  it('fail with the address when no point can be reached', async () => {
    const dead = '/ip4/127.0.0.1/tcp/1'
    const { code, stderr } = await runCli(['discover', '--point', dead, '--namespace', 'x'])

    expect(code).toBe(1)
    expect(stderr).toContain(dead)
    expect(stderr).toContain('ECONNREFUSED')
  })

  it('refresh until interrupted, then end cleanly', async () => {
    const registering = spawnCli(['register', ...at('kept'), '--ttl', '2', '--json'])

    await expect
      .poll(() => registering.output().stdout.split('\n').length - 1, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(3)
    registering.process.kill('SIGINT')

    expect(await registering.finished).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    ['discover', '--namespace', 'x'],
    ['discover', '--point', 'nonsense', '--namespace', 'x'],
    ['discover', '--point', '/ip4/127.0.0.1/tcp/1', '--namespace', ''],
    ['discover', '--point', '/ip4/127.0.0.1/tcp/1', '--namespace', 'x', '--limit', 'many'],
    ['register', '--point', '/ip4/127.0.0.1/tcp/1', '--namespace', 'x', '--protocol', 'smtp'],
    ['register', ...DEAD_POINT, '--ttl', '0'],
    ['discover', ...DEAD_POINT, '--timeout', '3000000'],
    ['watch', ...DEAD_POINT, '--interval', '3000000'],
    ['cluster', '--timeout', '3000000'],
    ['healthcheck', '--timeout', '3000000'],
    ['serve', '--no-such-flag'],
    ['unknown']
  ])('end with 2 on bad usage: %s %s %s %s', async (...args) => {
    const { code, stdout, stderr } = await runCli(args)

    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('error: ')
  })

  it.each([
    ['discover', ...DEAD_POINT],
    ['cluster', '--sidecar', '127.0.0.1:1'],
    ['healthcheck', '--sidecar', '127.0.0.1:1']
  ])('take times that are no whole milliseconds as numbers have them: %s', async (...args) => {
    const { code, stdout, stderr } = await runCli([...args, '--timeout', '16.1', '--json'])

    expect([code, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout).error.message).toMatch(/ECONNREFUSED|does the node run/)
  })

  it.each([
    [['discover', '--json'], /^required option '--point <multiaddr>' not specified$/],
    [['plan', '--json', '--peers', 'x'], /^option '--peers <n>' argument 'x' is invalid/],
    [['register', ...DEAD_POINT, '--bogus', '--json'], /^unknown option '--bogus'$/],
    [['register', ...DEAD_POINT, '--bogus=s3cret', '--json'], /^unknown option '--bogus'$/],
    [['demo', '--store', 'level:x', '--json'], /^--store: nodes can’t share level:/]
  ])('end with 2 and JSON on bad usage with --json: %j', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args)

    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({ error: { message: expect.stringMatching(message) } })
    expect(stderr).toContain('error: ')
  })
})

describe('rendezvous key', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-key-'))
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it('makes a file for its owner alone, shows its peer id, and never replaces it', async () => {
    const keyFile = join(folder, 'node.key')
    const generated = await runCli(['key', 'generate', '--key-file', keyFile, '--json'])
    const inspected = await runCli(['key', 'inspect', '--key-file', keyFile, '--json'])
    const again = await runCli(['key', 'generate', '--key-file', keyFile])

    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(JSON.parse(inspected.stdout)).toEqual(JSON.parse(generated.stdout))
    expect(generated.stdout).not.toContain('privateKey')
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('exists already')
  })

  it('derives the ids of a cluster, the same each time, and the one that serve takes', async () => {
    const seedFile = join(folder, 'seed')
    const announce = '/dns4/rdv-{}.example.org/tcp/60000'
    const derive = [
      'key',
      'derive',
      '--seed-file',
      seedFile,
      '--count',
      '3',
      '--announce',
      announce
    ]

    expect((await runCli(['key', 'seed', '--seed-file', seedFile])).code).toBe(0)
    expect((await runCli(['key', 'seed', '--seed-file', seedFile])).code).toBe(1)

    const { nodes } = JSON.parse((await runCli([...derive, '--json'])).stdout)
    const { stdout } = await runCli(derive)
    const serving = await serveCli(['--key-seed-file', seedFile, '--ordinal', '2'])

    await serving.kill()

    expect(nodes).toHaveLength(3)
    expect(nodes[2]).toEqual({
      ordinal: 2,
      peerId: serving.peerId,
      multiaddr: `/dns4/rdv-2.example.org/tcp/60000/p2p/${serving.peerId}`,
      dnsaddr: `dnsaddr=/dns4/rdv-2.example.org/tcp/60000/p2p/${serving.peerId}`
    })
    expect(stdout).toContain(`2  ${nodes[2].multiaddr}`)
    expect(stdout).toContain(`"${nodes[2].dnsaddr}"`)
  })

  it.each([
    [['--count', '3', '--announce', '/dns4/rdv.example.org/tcp/60000'], /^--announce has no {}/],
    [['--first', '99998', '--count', '3'], /^ordinals end at 99999$/]
  ])('ends with 2 on options of derive that do not go together: %j', async (args, message) => {
    const { code, stdout, stderr } = await runCli([
      ...['key', 'derive', '--seed-file', join(folder, 'none'), '--json'],
      ...args
    ])

    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({ error: { message: expect.stringMatching(message) } })
    expect(stderr).toContain('error: ')
  })

  it('prints a key that is to be kept elsewhere', async () => {
    const { code, stdout } = await runCli(['key', 'generate', '--json'])

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'Ed25519',
      privateKey: expect.stringMatching(/^[A-Za-z0-9+/]{80,}=*$/)
    })
  })
})

describe('rendezvous completion', () => {
  it('prints a script that the shell understands', async () => {
    const { code, stdout } = await runCli(['completion', 'bash'])

    expect(code).toBe(0)
    expect(spawnSync('bash', ['-n'], { input: stdout, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: ''
    })
  })

  it.each([
    ['commands', ['se'], /^serve\t/],
    ['commands of commands', ['key', 'd'], /^derive\t/],
    ['options', ['serve', '--prot'], /^--protocols\t/],
    ['nothing for what there is none of', ['serve', '--nosuch'], /^:\d+$/]
  ])('offers %s', async (_, words, expected) => {
    const { code, stdout } = await runCli(['complete', '--', ...words])

    expect(code).toBe(0)
    expect(stdout.trim()).toMatch(expected)
  })

  it('ends with 2 for a shell that it does not know', async () => {
    const { code, stderr } = await runCli(['completion', 'nosuch'])

    expect(code).toBe(2)
    expect(stderr).toContain('zsh, bash, fish, powershell')
  })
})

describe('rendezvous doctor', () => {
  it('says what it ends with', async () => {
    const { stdout } = await runCli(['doctor', '--help'])

    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'Ends with 1 if anything is bad, 0 otherwise, and 2 where the settings themselves are wrong.'
    )
  })
})
