import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { Libp2p } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningCli, runCli, type ServingCli, serveCli, spawnCli } from '../support/cli.ts'

const ADDRESS = '/ip4/192.0.2.7/tcp/4001'

describe('rendezvous watch', () => {
  let folder: string
  let running: (RunningCli | ServingCli)[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-watch-'))
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

  function watch(...args: string[]): RunningCli {
    const watching = spawnCli(['watch', '--namespace', 'news', '--interval', '0.1', ...args])

    running.push(watching)

    return watching
  }

  /** @returns the new peer's id */
  async function registerAt({ point }: Pick<ServingCli, 'point'>): Promise<string> {
    const { stdout } = await runCli(
      ['register', '--namespace', 'news', '--point', point].concat([
        ...['--address', ADDRESS, '--once', '--json']
      ])
    )

    return JSON.parse(stdout).peerId
  }

  const linesOf = (text: string): string[] => text.split('\n').slice(0, -1)
  const peersOf = ({ output }: RunningCli): string[] =>
    linesOf(output().stdout).map((line) => JSON.parse(line).peerId)

  it('shows who is there, and who comes later, each once', async () => {
    const serving = await serve()
    const first = await registerAt(serving)
    const watching = watch('--point', serving.point, '--json')

    await expect.poll(() => peersOf(watching)).toEqual([first])

    const second = await registerAt(serving)

    await expect.poll(() => peersOf(watching)).toEqual([first, second])
    watching.process.kill('SIGINT')

    const { code, stdout, stderr } = await watching.finished

    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(linesOf(stdout)[1] as string)).toEqual({
      peerId: second,
      multiaddrs: [ADDRESS],
      ttlSeconds: expect.any(Number)
    })
  })

  it('prints the time, the peer and its addresses for people', async () => {
    const serving = await serve()
    const peerId = await registerAt(serving)
    const watching = watch('--point', serving.point)

    await expect.poll(() => linesOf(watching.output().stdout)).toHaveLength(2)
    watching.process.kill('SIGTERM')

    const { code, stdout } = await watching.finished
    const [peer, address] = linesOf(stdout)

    expect(code).toBe(0)
    expect(peer).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}12D3KooW\S+ {2}\d+ s$/)
    expect(peer).toContain(peerId)
    expect(address).toBe(`  ${ADDRESS}`)
  })

  it('goes on at another point when the first dies', async () => {
    const [first, second] = await Promise.all([serve(), serve()])
    const points = [first, second].flatMap(({ point }) => ['--point', point])
    const watching = watch(...points, '--json')
    const before = await registerAt(first)

    await expect.poll(() => peersOf(watching)).toEqual([before])
    await first.kill()

    const after = await registerAt(second)

    await expect.poll(() => peersOf(watching)).toEqual([before, after])
    watching.process.kill('SIGINT')

    expect(await watching.finished).toMatchObject({ code: 0, stderr: '' })
  })

  it('says once that no point answers, and once that one does', async () => {
    const keyFile = join(folder, 'point.key')
    const { point, kill } = await serve('--key-file', keyFile)
    const listen = point.slice(0, point.indexOf('/p2p/'))

    await kill()

    const watching = watch('--point', point, '--json')
    const told = (): string[] => linesOf(watching.output().stderr)

    await expect.poll(told).toHaveLength(1)

    const again = await serve('--key-file', keyFile, '--listen', listen)
    const peerId = await registerAt(again)

    await expect.poll(() => peersOf(watching)).toEqual([peerId])
    watching.process.kill('SIGINT')

    expect((await watching.finished).code).toBe(0)
    expect(told()).toEqual([
      expect.stringMatching(
        new RegExp(`^no rendezvous point answers, trying on: ${point}: .*ECONNREFUSED`)
      ),
      `${point} answers now`
    ])
  })

  it('ends cleanly while no point answers', async () => {
    const watching = watch('--point', '/ip4/127.0.0.1/tcp/1')

    await expect.poll(() => watching.output().stderr).toContain('no rendezvous point answers')
    watching.process.kill('SIGINT')

    expect(await watching.finished).toMatchObject({ code: 0, stdout: '' })
  })

  it('ends with 1 and the point’s own reason when it refuses for good', async () => {
    const point = await startRefusingPoint()

    try {
      const { code, stdout, stderr } = await watch('--point', String(point.getMultiaddrs()[0]))
        .finished

      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toBe('the point refused: E_NOT_AUTHORIZED (200), members only\n')
    } finally {
      await point.stop()
    }
  })

  it('ends with 2 on an interval that is none', async () => {
    const { code, stdout, stderr } = await watch('--point', ADDRESS, '--interval', '0').finished

    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('--interval')
  })
})

async function startRefusingPoint(): Promise<Libp2p> {
  const point = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()]
  })
  const { protocol, encodeResponse } = DIALECTS.waku
  const { frame: refusal } = encodeResponse({
    type: 'discover',
    status: ResponseStatus.E_NOT_AUTHORIZED,
    statusText: 'members only',
    namespace: new Uint8Array(),
    registrations: []
  })

  await point.handle(protocol, (stream) => void stream.send(refusal))

  return point
}
