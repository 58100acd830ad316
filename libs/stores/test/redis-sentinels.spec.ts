import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RedisConnection } from '../src/redis/redis-connection.ts'

describe('a Sentinel that cannot be used', () => {
  let connection: RedisConnection
  let server: Server

  afterEach(() => {
    connection.close()
    server.close()
    vi.restoreAllMocks()
  })

  async function listen(): Promise<number> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')

    return (server.address() as AddressInfo).port
  }

  /** A port that nobody listens on. */
  async function leavePort(): Promise<number> {
    server = createServer()
    const port = await listen()

    server.close()
    await once(server, 'close')

    return port
  }

  /** A Sentinel that names itself as the primary, and says yes to all else. */
  async function listenAsSentinel(): Promise<number> {
    server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        for (const command of String(bytes).split(/^(?=\*\d)/m)) {
          const host = '$9\r\n127.0.0.1\r\n'
          const isAddress = command.includes('get-master-addr-by-name')

          socket.write(
            isAddress ? `*2\r\n${host}$${String(port).length}\r\n${port}\r\n` : '+OK\r\n'
          )
        }
      })
    })
    const port = await listen()

    return port
  }

  function connect(...ports: number[]) {
    const onSentinelError = vi.fn<(error: unknown) => void>()
    const hosts = ports.map((port) => `127.0.0.1:${port}`)

    connection = new RedisConnection({
      url: `redis+sentinel://${hosts.join()}/primary`,
      onSentinelError
    })
    connection.client.connect().catch(() => {})

    return onSentinelError
  }

  it('is told of, and nothing is printed, while another one names the primary', async () => {
    const printed = vi.spyOn(console, 'error')
    const port = await leavePort()
    const onSentinelError = connect(await listenAsSentinel(), port)

    await expect.poll(() => onSentinelError.mock.calls.join()).toContain(`127.0.0.1:${port}: `)

    expect(onSentinelError.mock.calls.join()).toContain('ECONNREFUSED')
    expect(printed).not.toHaveBeenCalled()
  })

  it('is told of while no other one does', async () => {
    const port = await leavePort()
    const onSentinelError = connect(port)

    await expect.poll(() => String(onSentinelError.mock.calls[0])).toContain('ECONNREFUSED')
  })

  it('is not told of after the store was closed', async () => {
    const port = await leavePort()
    const onSentinelError = connect(port)

    connection.close()
    await once(connection.client, 'end')

    expect(onSentinelError).not.toHaveBeenCalled()
  })
})
