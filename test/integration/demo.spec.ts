import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spawnCli } from '../support/cli.ts'
import { describeWithRedis, describeWithRedisServer } from '../support/describe-with-redis.ts'
import { useRedisUrl } from '../support/redis-url.ts'
import { until } from '../support/until.ts'

const SMALL = ['demo', '--seconds', '6', '--peers', '20']

const TEST_MS = 60_000

describeWithRedis('rendezvous demo on Redis', (redis) => {
  const url = useRedisUrl(redis)

  it('kills a front node and loses nothing', { timeout: TEST_MS }, async () => {
    const demo = spawnCli([...SMALL, '--json', '--store', url()])
    const served = await servingNodesOf(demo.process.pid)

    const { code, stdout, stderr } = await demo.finished

    expect(JSON.parse(stdout)).toMatchObject({ ok: true, store: 'redis', ...NOTHING_LOST })
    expect([code, served.length]).toEqual([0, 3])
    expect(served.filter(isAlive)).toEqual([])
    expect(stderr).toMatch(/node [ABC] killed/)
  })

  it('ends at once on SIGINT, with a summary', { timeout: TEST_MS }, async () => {
    const demo = spawnCli(['demo', '--peers', '20', '--json', '--store', url()])
    const served = await servingNodesOf(demo.process.pid)

    await until('peers are found', 20_000, async () => / [1-9]\d* found/.test(demo.output().stderr))
    demo.process.kill('SIGINT')

    const { code, stdout } = await demo.finished

    expect(JSON.parse(stdout)).toMatchObject({ ok: true, interruptedBy: 'SIGINT', missing: 0 })
    expect(code).toBe(0)
    expect(served.filter(isAlive)).toEqual([])
  })
})

describeWithRedisServer('rendezvous demo with a Redis server in PATH', ({ path, env }) => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-demo-test-'))
    mkdirSync(join(folder, 'tmp'))
    symlinkSync(path, join(folder, 'redis-server'))
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  it('starts it, and leaves nothing behind even when it is killed', {
    timeout: TEST_MS
  }, async () => {
    const demo = spawnCli(SMALL, {
      ...env,
      PATH: `${folder}:${process.env.PATH}`,
      TMPDIR: join(folder, 'tmp')
    })
    const served = await servingNodesOf(demo.process.pid)

    await until('the demo has begun', 20_000, async () => demo.output().stderr.includes('0 s: '))

    const children = childrenOf(demo.process.pid).map(({ pid }) => pid)

    expect(readdirSync(join(folder, 'tmp'))).toHaveLength(1)
    demo.process.kill('SIGKILL')
    await demo.finished

    expect(children).toEqual(expect.arrayContaining(served))
    await until('all children have ended', 5000, async () => !children.some(isAlive))
    await until('its directory is gone', 5000, async () => {
      return readdirSync(join(folder, 'tmp')).length === 0
    })
  })
})

describe('rendezvous demo without Redis', () => {
  it('runs in one process, says so, and loses nothing', { timeout: TEST_MS }, async () => {
    const demo = spawnCli([...SMALL, '--json'], { PATH: '/nonexistent' })

    const { code, stdout, stderr } = await demo.finished

    expect(JSON.parse(stdout)).toMatchObject({ ok: true, store: 'memory', ...NOTHING_LOST })
    expect(code).toBe(0)
    expect(stderr).toContain('No Redis here')
  })

  it('says in one line that the Redis of --store does not answer', {
    timeout: TEST_MS
  }, async () => {
    const { code, stderr } = await spawnCli(['demo', '--store', 'redis://127.0.0.1:1']).finished

    expect(code).toBe(1)
    expect(stderr).toMatch(/^Redis does not answer front node [ABC]: .*ECONNREFUSED/m)
  })

  it('ends with 130 and JSON when it is interrupted before it has begun', {
    timeout: TEST_MS
  }, async () => {
    const demo = spawnCli(['demo', '--store', 'redis://127.0.0.1:1', '--json'])

    await until('it starts', 20_000, async () => demo.output().stderr.includes('starting'))
    demo.process.kill('SIGINT')

    const { code, stdout } = await demo.finished

    expect(code).toBe(130)
    expect(JSON.parse(stdout)).toEqual({ error: { message: 'ended before it began' } })
  })

  it.each([
    ['--peers', '1001'],
    ['--peers', 'many'],
    ['--seconds', '4'],
    ['--namespaces', '0'],
    ['--peers', '600', '--namespaces', '1'],
    ['--store', 'level:here'],
    ['--store', 'http://:secret@127.0.0.1']
  ])('ends with 2 on bad usage: %s %s', async (...args) => {
    const { code, stdout, stderr } = await spawnCli(['demo', ...args]).finished

    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^error: .*give/)
    expect(stderr).not.toContain('secret')
  })
})

const NOTHING_LOST = {
  verdict: 'nothing was lost',
  missing: 0,
  ghosts: 0,
  foundThroughAnotherNode: expect.toSatisfy((times: number) => times > 0),
  nodeKilled: { name: expect.stringMatching(/^[ABC]$/) }
}

/** Process ids of the demo's front nodes, once there are three. */
async function servingNodesOf(parent: number | undefined): Promise<number[]> {
  let pids: number[] = []

  await until('three front nodes run', 20_000, async () => {
    pids = childrenOf(parent)
      .filter(({ command }) => command.includes(' serve '))
      .map(({ pid }) => pid)

    return pids.length === 3
  })

  return pids
}

function childrenOf(parent: number | undefined): { pid: number; command: string }[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , of]) => Number(of) === parent)
    .map(([, pid, , command = '']) => ({ pid: Number(pid), command }))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)

    return true
  } catch {
    return false
  }
}
