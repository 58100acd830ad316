import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCli, runCli, type ServingCli, serveCli, spawnCli } from '../support/cli.ts'

const ANOTHER_PEER = '12D3KooWLbEDmJWxGtcgVPiTBPYpvWnnhRbFnHAj7hwfkEAjT3tN'

const NO_NODE = 'no libp2p node listens there, unless it is full or its address ends in /ws ('
const NO_TRANSPORT = 'only TCP and WebSocket addresses can be dialled ('
const WRONG_PEER = 'another peer id answers there: take the address that the node prints ('

/** Redis takes what it is sent for a command. */
const REDIS_ERROR = "-ERR unknown command '/multistream/1.0.0', with args beginning with: \r\n"

describe('a client command at a wrong point', () => {
  const redis = createServer((socket) => {
    // Clients reset it.
    socket.on('error', () => {})
    socket.on('data', () => socket.write(REDIS_ERROR))
  })
  const http = createHttpServer((_request, response) => response.end())
  let serving: ServingCli
  let running: RunningCli | undefined

  beforeAll(async () => {
    serving = await serveCli()

    for (const server of [redis, http]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
  })

  afterEach(() => {
    running?.process.kill('SIGKILL')
    running = undefined
  })

  afterAll(async () => {
    for (const server of [redis, http]) {
      server.close()
    }

    await serving.kill()
  })

  const addressOf = (server: Server): string =>
    `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`

  const swapped = (): string => serving.point.replace(/[^/]+$/, ANOTHER_PEER)

  it.each([
    ['Redis', () => addressOf(redis), `${NO_NODE}Missing newline)`],
    ['HTTP', () => addressOf(http), NO_NODE],
    ['UDP', () => '/ip4/127.0.0.1/udp/1', `${NO_TRANSPORT}The dial request has no valid`],
    ['a peer id alone', () => `/p2p/${ANOTHER_PEER}`, NO_TRANSPORT],
    ['another peer id', swapped, `${WRONG_PEER}Payload identity key 12D3`]
  ])('discover says what it means: %s', async (_what, address, expected) => {
    const { code, stderr } = await runCli(['discover', '--namespace', 'x', '--point', address()])

    expect(code).toBe(1)
    expect(stderr).toContain(`no rendezvous point answered: ${address()}: ${expected}`)
  })

  it('register says it with --json too', async () => {
    const { code, stdout } = await runCli(
      ['register', '--namespace', 'x', '--point', swapped()].concat('--once', '--json')
    )

    expect(code).toBe(1)
    expect(JSON.parse(stdout).error.message).toContain(WRONG_PEER)
  })

  it('each point has its own meaning', async () => {
    const points = [addressOf(redis), '/ip4/127.0.0.1/udp/1', '/ip4/127.0.0.1/udp/2']
    const { stderr } = await runCli(
      ['discover', '--namespace', 'x'].concat(points.flatMap((point) => ['--point', point]))
    )

    expect(stderr.split(NO_NODE)).toHaveLength(2)
    expect(stderr.split(NO_TRANSPORT)).toHaveLength(3)
  })

  it('watch says it while it tries on', async () => {
    running = spawnCli(['watch', '--namespace', 'x', '--point', swapped()])

    await expect.poll(() => running?.output().stderr).toContain(WRONG_PEER)
  })
})
