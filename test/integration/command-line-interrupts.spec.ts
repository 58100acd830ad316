import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spawnCli } from '../support/cli.ts'

describe('a command that is interrupted before there is a result', () => {
  let sockets: Set<Socket>
  let silent: Server

  beforeEach(async () => {
    sockets = new Set()
    silent = createServer((socket) => {
      sockets.add(socket)
      // Commands that end reset it.
      socket.on('error', () => {})
    }).listen(0, '127.0.0.1')
    await once(silent, 'listening')
  })

  afterEach(() => {
    for (const socket of sockets) {
      socket.destroy()
    }

    silent.close()
  })

  /** Interrupts it once it waits for an answer. */
  async function interrupt(signal: NodeJS.Signals, args: string[]) {
    const command = spawnCli(args)

    await once(silent, 'connection')
    command.process.kill(signal)

    return command.finished
  }

  const port = (): number => (silent.address() as AddressInfo).port

  const register = (...args: string[]): string[] => [
    ...['register', '--point', `/ip4/127.0.0.1/tcp/${port()}`, '--namespace', 'news'],
    ...args
  ]

  const namespaces = (...args: string[]): string[] => [
    ...['namespaces', '--store', `redis://127.0.0.1:${port()}`],
    ...args
  ]

  it.each([
    ['register', register],
    ['register --once', () => register('--once')],
    ['namespaces', namespaces]
  ])('ends with 130 and says so: %s', async (_, args) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      expect(await interrupt(signal, args())).toEqual({
        code: 130,
        stdout: '',
        stderr: 'interrupted before there was a result\n'
      })
    }
  })

  it.each([
    ['register --once', () => register('--once', '--json')],
    ['namespaces', () => namespaces('--json')]
  ])('ends with 130 and JSON with --json: %s', async (_, args) => {
    const { code, stdout, stderr } = await interrupt('SIGINT', args())

    expect([code, stderr]).toEqual([130, ''])
    expect(JSON.parse(stdout)).toEqual({
      error: { message: 'interrupted before there was a result' }
    })
  })
})
