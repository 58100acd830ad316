import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningCli, runCli, type ServingCli, serveCli, spawnCli } from '../support/cli.ts'

const DEAD = '/ip4/127.0.0.1/tcp/1'

describe('rendezvous register', () => {
  let folder: string
  let running: (RunningCli | ServingCli)[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-register-'))
    running = []
  })

  afterEach(async () => {
    for (const cli of running) {
      await ('kill' in cli ? cli.kill() : cli.process.kill('SIGKILL'))
    }

    rmSync(folder, { recursive: true })
  })

  async function serve(...args: string[]): Promise<ServingCli> {
    const serving = await serveCli(args)

    running.push(serving)

    return serving
  }

  function register(...args: string[]): RunningCli {
    const registering = spawnCli(['register', '--namespace', 'news', ...args])

    running.push(registering)

    return registering
  }

  async function discover(...args: string[]): Promise<string[]> {
    const { stdout } = await runCli(['discover', '--namespace', 'news', '--json', ...args])

    return JSON.parse(stdout).registrations.map(({ peerId }: { peerId: string }) => peerId)
  }

  const linesOf = ({ output }: RunningCli): string[] => output().stdout.split('\n').slice(0, -1)

  it('--once leaves the registration behind', async () => {
    const { point } = await serve()
    const at = ['--point', point, '--protocol', 'libp2p']

    const { code, stdout } = await register(...at, '--once', '--json').finished

    expect(code).toBe(0)
    expect(await discover(...at)).toEqual([JSON.parse(stdout).peerId])
  })

  it('unregisters when it is interrupted, where the protocol has a message for it', async () => {
    const { point } = await serve()
    const at = ['--point', point, '--protocol', 'libp2p']
    const registering = register(...at)

    await expect.poll(() => registering.output().stdout).toContain('registered')
    registering.process.kill('SIGINT')

    expect(await registering.finished).toMatchObject({ code: 0, stderr: '' })
    expect(await discover(...at)).toEqual([])
  })

  it('shows a peer itself with its own key', async () => {
    const { point } = await serve()
    const keyFile = join(folder, 'peer.key')
    const at = ['--point', point, '--key-file', keyFile]

    await runCli(['key', 'generate', '--key-file', keyFile])

    const { stdout } = await register(...at, '--once', '--json').finished

    expect(await discover(...at)).toEqual([JSON.parse(stdout).peerId])
  })

  it('tells the addresses that it is found at', async () => {
    const { point } = await serve()
    const addresses = ['/ip4/10.0.0.7/tcp/4001', '/dns4/peer.example.org/tcp/4001']
    const given = addresses.flatMap((address) => ['--address', address])

    const { stdout } = await register('--point', point, '--once', '--json', ...given).finished

    expect(JSON.parse(stdout).multiaddrs.sort()).toEqual(addresses.sort())
  })

  it('stays at the first point, and goes to the second when that is gone', async () => {
    const [first, second] = await Promise.all([serve(), serve()])
    const points = [first, second].flatMap(({ point }) => ['--point', point])
    const registering = register(...points, '--ttl', '2', '--json')
    const pointsUsed = (): string[] => linesOf(registering).map((line) => JSON.parse(line).point)

    await expect.poll(() => pointsUsed().length).toBeGreaterThanOrEqual(2)
    expect(new Set(pointsUsed())).toEqual(new Set([first.point]))

    await first.kill()
    await expect.poll(() => pointsUsed().at(-1)).toBe(second.point)
    registering.process.kill('SIGINT')

    expect(await registering.finished).toMatchObject({ code: 0, stderr: '' })
  })

  it('reports a refresh that fails, and tries again', async () => {
    const keyFile = join(folder, 'point.key')
    const first = await serve('--key-file', keyFile)
    const listen = first.point.slice(0, first.point.indexOf('/p2p/'))
    const registering = register('--point', first.point, '--ttl', '8')

    await expect.poll(() => registering.output().stdout).toContain('registered')
    await first.kill()
    await expect.poll(() => registering.output().stderr).toContain('ECONNREFUSED')

    const before = linesOf(registering).length

    await serve('--key-file', keyFile, '--listen', listen)
    await expect.poll(() => linesOf(registering).length).toBeGreaterThan(before)
    registering.process.kill('SIGINT')

    expect((await registering.finished).code).toBe(0)
  })

  it('fails at once when no point answers the first time', async () => {
    const { code, stdout, stderr } = await register('--point', DEAD).finished

    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(DEAD)
    expect(stderr).toContain('ECONNREFUSED')
  })

  it('names the status with which a point refuses that is in trouble itself', async () => {
    const { point } = await serve('--max-registrations-per-namespace', '1')

    await register('--point', point, '--once').finished
    const { code, stdout } = await register('--point', point, '--once', '--json').finished

    expect(code).toBe(1)
    expect(JSON.parse(stdout).error).toEqual({
      status: 'E_UNAVAILABLE',
      message: expect.stringMatching(/^the point refused: E_UNAVAILABLE \(400\), ./)
    })
  })
})
