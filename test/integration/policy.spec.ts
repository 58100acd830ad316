import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ServingCli, serveCli } from '../support/cli.ts'
import { connectTestClient, type TestClient, type TestClientInit } from '../support/test-client.ts'
import { createTestPeer, type TestPeer } from '../support/test-peer.ts'

const OK = 0
const E_INVALID_PEER_INFO = 101
const E_INVALID_TTL = 102
const E_NOT_AUTHORIZED = 200

const DENIES_A = 'namespaces:\n  - match: a\n    access: deny\n'
const DENIES_B = 'namespaces:\n  - match: b\n    access: deny\n'

let folder: string
let path: string
let front: ServingCli | undefined
let clients: TestClient[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rendezvous-policy-'))
  path = join(folder, 'policy.yaml')
  clients = []
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.stop()))
  await front?.kill()
  front = undefined
  rmSync(folder, { recursive: true })
})

/** A process of its own that serves by this policy. */
async function serve(policy?: string): Promise<ServingCli> {
  if (policy == null) {
    front = await serveCli()
  } else {
    writeFileSync(path, policy)
    front = await serveCli(['--policy-file', path])
  }

  return front
}

async function connect(
  { point }: ServingCli,
  { peer, ...init }: TestClientInit & { peer?: TestPeer } = {}
): Promise<TestClient> {
  const client = await connectTestClient(multiaddr(point), peer, init)

  clients.push(client)

  return client
}

const idOf = ({ peer }: TestClient): string => peer.node.peerId.toString()

/** Files read again: how many were applied, and how many refused. */
interface Reloads {
  applied: number
  refused: number
}

/** Has the node read this, and waits until it has come to so many. */
async function reload(serving: ServingCli, policy: string, expected: Reloads): Promise<void> {
  writeFileSync(path, policy)
  serving.process.kill('SIGHUP')
  await expect.poll(() => reloads(serving)).toEqual(expected)
}

async function reloads(serving: ServingCli): Promise<Reloads> {
  const sampleOf = await scrape(serving)
  const count = (result: string) => sampleOf(`rendezvous_policy_reloads_total{result="${result}"}`)

  return { applied: count('applied'), refused: count('refused') }
}

/** Whether the file was sound when it was read last, and since when the policy applies. */
async function inForce(serving: ServingCli): Promise<{ isSound: number; sinceMs: number }> {
  const sampleOf = await scrape(serving)

  return {
    isSound: sampleOf('rendezvous_policy_last_reload_successful'),
    sinceMs: sampleOf('rendezvous_policy_last_reload_success_timestamp_seconds') * 1000
  }
}

/** Requests that the policy has refused, by what of it they broke. */
async function refusals(serving: ServingCli): Promise<Record<string, number>> {
  const sampleOf = await scrape(serving)

  return Object.fromEntries(
    ['access', 'peer-id', 'addresses', 'ttl'].map((rule) => [
      rule,
      sampleOf(`rendezvous_rejected_total{reason="policy-${rule}"}`)
    ])
  )
}

/** @returns what tells the value of a series, NaN where there is none */
async function scrape({ sidecar }: ServingCli): Promise<(series: string) => number> {
  const lines = (await (await fetch(`${sidecar}/metrics`)).text()).split('\n')

  return (series) => {
    const [line] = lines.filter((one) => one.startsWith(`${series} `))

    return line == null ? Number.NaN : Number(line.slice(series.length + 1))
  }
}

/** Lines that the node has logged at a level, with this in them. */
function logged({ output }: ServingCli, level: string, text: string): string[] {
  return output()
    .stdout.trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((line) => line.level === level && line.msg.includes(text))
    .map(({ msg }) => msg)
}

describe('a policy file', () => {
  it.each(['waku', 'libp2p'] as const)('says who may do what, over %s', async (dialect) => {
    const peer = await createTestPeer()
    const serving = await serve(
      [
        'default-access: deny',
        'namespaces:',
        '  - {match: open}',
        '  - {match: brief, max-ttl: 10, default-ttl: 5}',
        `  - {match: ours, peer-ids: [${peer.node.peerId}]}`,
        '  - {match: public, addresses: public}',
        '  - {match: seen, addresses: observed}'
      ].join('\n')
    )
    const ours = await connect(serving, { dialect, peer })
    const elsewhere = ['/ip4/127.0.0.2/tcp/4001']
    const other = await connect(serving, { dialect, addresses: elsewhere })

    expect(await other.register('open')).toBe(OK)
    expect(await other.register('closed')).toBe(E_NOT_AUTHORIZED)
    expect(await other.find('closed')).toBe(E_NOT_AUTHORIZED)

    expect(await other.register('brief', 10)).toBe(OK)
    expect(await other.register('brief', 11)).toBe(E_INVALID_TTL)
    expect(await other.register('brief')).toBe(OK)
    expect((await other.discover('brief')).map(({ ttlSeconds }) => ttlSeconds)).toEqual([5])

    expect(await ours.register('ours')).toBe(OK)
    expect(await other.register('ours')).toBe(E_NOT_AUTHORIZED)
    expect(await other.find('ours')).toEqual([peer.node.peerId.toString()])

    expect(await ours.register('public')).toBe(E_INVALID_PEER_INFO)
    expect(await ours.register('seen')).toBe(OK)
    expect(await other.register('seen')).toBe(E_INVALID_PEER_INFO)
    expect(await other.find('seen')).toEqual([peer.node.peerId.toString()])

    expect(await refusals(serving)).toEqual({ access: 2, 'peer-id': 1, addresses: 2, ttl: 1 })
  })
})

describe('a policy file at SIGHUP', () => {
  /** One client of each dialect. */
  async function connectBoth(serving: ServingCli): Promise<TestClient[]> {
    return [
      await connect(serving, { dialect: 'waku' }),
      await connect(serving, { dialect: 'libp2p' })
    ]
  }

  it('is read again and applied, on connections that are there', async () => {
    const serving = await serve(DENIES_A)
    const both = await connectBoth(serving)

    for (const client of both) {
      expect([await client.register('a'), await client.find('a')]).toEqual([
        E_NOT_AUTHORIZED,
        E_NOT_AUTHORIZED
      ])
      expect(await client.register('b')).toBe(OK)
      expect(await client.find('b')).toContain(idOf(client))
    }

    await reload(serving, DENIES_B, { applied: 1, refused: 0 })

    for (const client of both) {
      expect(await client.register('a')).toBe(OK)
      expect(await client.find('a')).toContain(idOf(client))
      expect([await client.register('b'), await client.find('b')]).toEqual([
        E_NOT_AUTHORIZED,
        E_NOT_AUTHORIZED
      ])
      expect(client.connection.status).toBe('open')
    }

    expect(logged(serving, 'info', 'policy')).toEqual(['policy file read again, and applied'])

    await reload(serving, '', { applied: 2, refused: 0 })

    // They were not removed, and are found as long as they live.
    expect(await both[1]?.find('b')).toContain(idOf(both[1] as TestClient))
  })

  it('is refused with its problems, and the earlier one stays', async () => {
    const serving = await serve(DENIES_A)
    const both = await connectBoth(serving)
    const atStart = await inForce(serving)
    const bad = `${DENIES_B}    ttl: 5\n  - match: c\n    max-ttl: 0\n`

    await reload(serving, bad, { applied: 0, refused: 1 })

    for (const client of both) {
      expect(await client.register('a')).toBe(E_NOT_AUTHORIZED)
      expect(await client.register('b')).toBe(OK)
      expect(client.connection.status).toBe('open')
    }

    expect(atStart).toEqual({ isSound: 1, sinceMs: expect.closeTo(Date.now(), -5) })
    expect(await inForce(serving)).toEqual({ isSound: 0, sinceMs: atStart.sinceMs })

    const lines = logged(serving, 'error', 'policy')

    expect(lines).toHaveLength(1)
    expect(lines[0]?.split('\n')).toEqual([
      'policy file refused, the earlier policy stays:',
      expect.stringContaining(`${path}:4:5: "ttl" is no key of a rule`),
      expect.stringContaining(`${path}:6:14: max-ttl 0 is too small`)
    ])

    await reload(serving, DENIES_B, { applied: 1, refused: 1 })

    const { isSound, sinceMs } = await inForce(serving)

    expect(isSound).toBe(1)
    expect(sinceMs).toBeGreaterThan(atStart.sinceMs)
  })
})

it('a namespace that is not listed any more is not shown, and still found by its name', async () => {
  const serving = await serve('')
  const client = await connect(serving, { dialect: 'libp2p' })

  await client.register('shown')
  await client.register('hidden')
  expect((await client.listed()).sort()).toEqual(['hidden', 'shown'])

  await reload(serving, 'namespaces:\n  - match: hidden\n    listed: false\n', {
    applied: 1,
    refused: 0
  })

  expect(await client.listed()).toEqual(['shown'])
  expect(await client.find('hidden')).toEqual([idOf(client)])

  await client.register('hidden')
  expect(await client.listed()).toEqual(['shown'])
})

it('a policy file may vanish, or be replaced by anything, and the node serves on', async () => {
  const serving = await serve(DENIES_A)
  const client = await connect(serving)
  const replacements: [problem: string, replace: () => void][] = [
    ['ENOENT', () => {}],
    ['it is no file', () => mkdirSync(path)],
    ['it is no file', () => execFileSync('mkfifo', [path])],
    ['has 2097152 bytes', () => writeFileSync(path, Buffer.alloc(2 ** 21, '#'))],
    ['is not UTF-8', () => writeFileSync(path, Uint8Array.of(0xff, 0xfe))]
  ]

  for (const [index, [problem, replace]] of replacements.entries()) {
    rmSync(path, { recursive: true, force: true })
    replace()
    serving.process.kill('SIGHUP')

    await expect.poll(() => reloads(serving)).toEqual({ applied: 0, refused: index + 1 })
    expect(logged(serving, 'error', 'policy')[index]).toContain(problem)
    expect(await client.register('a')).toBe(E_NOT_AUTHORIZED)
  }

  await reload(serving, '', { applied: 1, refused: replacements.length })
  expect(await client.register('a')).toBe(OK)
})

it('of many SIGHUPs at once the last one counts, whatever the others have found', async () => {
  const serving = await serve(DENIES_A)
  const client = await connect(serving)
  const files = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? 'x' : DENIES_A))

  for (const policy of [...files, DENIES_B]) {
    // Whole at any time: an empty one, as a write begins with, would be sound.
    writeFileSync(join(folder, 'next'), policy)
    renameSync(join(folder, 'next'), path)
    serving.process.kill('SIGHUP')
  }

  await expect.poll(() => client.register('a')).toBe(OK)
  expect(await client.register('b')).toBe(E_NOT_AUTHORIZED)
})

it('without a policy file SIGHUP changes nothing, and is told of', async () => {
  const serving = await serve()
  const client = await connect(serving)

  serving.process.kill('SIGHUP')

  await expect.poll(() => logged(serving, 'info', '--policy-file')).toHaveLength(1)
  expect(await client.register('a')).toBe(OK)
  expect(await reloads(serving)).toEqual({ applied: 0, refused: 0 })
  expect(await inForce(serving)).toEqual({ isSound: 1, sinceMs: 0 })
})

it('SIGHUP during a stop does not shorten or end it', async () => {
  const serving = await serve(DENIES_A)
  const client = await connect(serving)

  serving.process.kill('SIGTERM')
  await expect.poll(() => logged(serving, 'info', 'SIGTERM')).toHaveLength(1)
  serving.process.kill('SIGHUP')
  await expect.poll(() => reloads(serving)).toEqual({ applied: 1, refused: 0 })
  expect(client.connection.status).toBe('open')

  await client.stop()
  expect((await serving.finished).code).toBe(0)
  expect(existsSync(serving.readyFile)).toBe(false)
})
