import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCertificate } from '../support/create-certificate.ts'
import { type RedisTopology, startTopology } from '../support/redis-topology.ts'
import { connectClient } from './support/connect-client.ts'
import { describeWithBothServers } from './support/describe-with-valkey.ts'

const HOLD_TOPOLOGY = fileURLToPath(new URL('support/hold-topology.ts', import.meta.url))
const KINDS = ['standalone', 'sentinel', 'cluster'] as const
const REPLICATED_KINDS = ['sentinel', 'cluster'] as const

/** Detection takes one second here; the rest is for the election on a busy machine. */
const PROMOTED_WITHIN_MS = 20_000

describeWithBothServers('topologies', (binary) => {
  let directory: string
  let topology: RedisTopology

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rendezvous-topologies-'))
    vi.stubEnv('TMPDIR', directory)
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    await topology?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** By place in the order of start. */
  async function primaries(): Promise<number[]> {
    return (await topology.primaries()).map((server) => topology.servers.indexOf(server))
  }

  async function expectReplaced(formerPrimaries: number[]): Promise<void> {
    const [failed, ...others] = formerPrimaries as [number, ...number[]]

    await expect
      .poll(primaries, { timeout: PROMOTED_WITHIN_MS })
      .toSatisfy(
        (now: number[]) =>
          now.length === formerPrimaries.length &&
          !now.includes(failed) &&
          others.every((other) => now.includes(other))
      )
  }

  describe.for(KINDS)('%s', (kind) => {
    beforeEach(async () => {
      topology = await startTopology(kind, { binary })
    })

    it('serves what was written to a client that knows the URL', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `key ${index}`)
      const client = connectClient(topology.url)

      for (const name of names) {
        await client.set(name, `value of ${name}`)
      }

      const values = await Promise.all(names.map((name) => client.get(name)))

      client.disconnect()
      expect(values).toEqual(names.map((name) => `value of ${name}`))
    })

    it('leaves no process and no directory when it is stopped, suspended or not', async () => {
      const pids = [...topology.servers, ...topology.sentinels].map(({ pid }) => pid)

      topology.servers.at(-1)?.suspend()
      await topology.stop()

      expect(pids.filter(isRunning)).toEqual([])
      expect(await readdir(directory)).toEqual([])
    })
  })

  it.for(KINDS)(
    '%s ends with the process that started it, even if that is killed',
    async (kind) => {
      const child = spawn(process.execPath, [HOLD_TOPOLOGY, kind, JSON.stringify(binary)], {
        stdio: ['pipe', 'pipe', 'inherit']
      })
      const [ports] = await once(child.stdout, 'data')

      child.kill('SIGKILL')

      await expect.poll(() => countListening(JSON.parse(ports)), { timeout: 5000 }).toBe(0)
      await expect.poll(() => readdir(directory), { timeout: 5000 }).toEqual([])
    }
  )

  it.for(KINDS)('%s can speak TLS, servers among each other too', async (kind) => {
    const tls = await createCertificate(directory)

    topology = await startTopology(kind, { binary, tls })
    const client = connectClient(topology.url, tls.ca)

    await client.set('key', 'value')
    const value = await client.get('key')

    client.disconnect()
    expect(value).toBe('value')
    expect(topology.url).toMatch(/^rediss\b/)
  })

  describe('standalone', () => {
    beforeEach(async () => {
      topology = await startTopology('standalone', { binary })
    })

    it('has its server as primary, except while that hangs', async () => {
      topology.servers[0]?.suspend()
      const hanging = await primaries()

      topology.servers[0]?.resume()
      await topology.settled()

      expect([hanging, await primaries()]).toEqual([[], [0]])
    })

    it('has its server as primary, except between kill and restart', async () => {
      await topology.servers[0]?.kill()
      const killed = await primaries()

      await topology.servers[0]?.restart()

      expect([killed, await primaries()]).toEqual([[], [0]])
    })

    it('cannot fail over', async () => {
      await expect(topology.failover()).rejects.toThrow('no replica')
    })
  })

  describe.for(REPLICATED_KINDS)('%s', (kind) => {
    beforeEach(async () => {
      topology = await startTopology(kind, { binary })
    })

    it('starts with the first servers as primaries', async () => {
      expect(await primaries()).toEqual(kind === 'cluster' ? [0, 1, 2] : [0])
    })

    it('replaces a killed primary, which is a replica once it is restarted', async () => {
      const former = await primaries()

      await topology.servers[0]?.kill()
      await expectReplaced(former)
      const successors = await primaries()

      await topology.servers[0]?.restart()
      await topology.settled()
      expect(await primaries()).toEqual(successors)
    })

    it('replaces a suspended primary, which is a replica once it is resumed', async () => {
      const former = await primaries()

      topology.servers[0]?.suspend()
      await expectReplaced(former)
      const successors = await primaries()

      topology.servers[0]?.resume()
      await topology.settled()
      expect(await primaries()).toEqual(successors)
    })

    it('keeps its primaries when a replica is killed and restarted', async () => {
      const former = await primaries()

      await topology.servers.at(-1)?.kill()
      await topology.servers.at(-1)?.restart()
      await topology.settled()

      expect(await primaries()).toEqual(former)
    })

    it('has another primary at once after a failover, and again after the next', async () => {
      const first = await primaries()

      await topology.failover()
      const second = await primaries()

      await topology.settled()
      await topology.failover()
      const third = await primaries()

      expect(second).not.toContain(first[0])
      expect(third).not.toContain(second[0])
      expect([second.length, third.length]).toEqual([first.length, first.length])
    })

    it('replaces a primary that fails soon after a failover', async () => {
      await topology.failover()
      await topology.settled()
      const former = await primaries()

      await topology.servers[former[0] as number]?.kill()

      await expectReplaced(former)
    })
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Unlike the ids of processes, ports are free also when nobody has asked how a process ended. */
async function countListening(ports: number[]): Promise<number> {
  const outcomes = await Promise.allSettled(
    ports.map(async (port) => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect').finally(() => socket.destroy())
    })
  )

  return outcomes.filter(({ status }) => status === 'fulfilled').length
}
