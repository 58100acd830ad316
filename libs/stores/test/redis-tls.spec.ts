import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { RedisConnection } from '../src/redis/redis-connection.ts'

const SERVER_NAME = 'redis.example.org'

/** The head of a TLS record longer than any may be. */
const NO_RECORD = Buffer.from([0x17, 3, 3, 0xff, 0xff, 0])

const URLS = [
  { kind: 'standalone', scheme: 'rediss', path: '' },
  { kind: 'sentinel', scheme: 'rediss+sentinel', path: '/primary' },
  { kind: 'cluster', scheme: 'rediss+cluster', path: '' }
]

describe('an alert after a certificate with another name', () => {
  let tls: { cert: string; key: string }
  let uncaught: (error: Error) => void
  let servers: Server[]
  let connection: RedisConnection

  beforeAll(async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: SERVER_NAME }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: SERVER_NAME }] }
      ]
    })

    tls = { cert, key }
  })

  beforeEach(() => {
    servers = []
    uncaught = vi.fn()
    process.on('uncaughtExceptionMonitor', uncaught)
  })

  afterEach(async () => {
    connection.close()
    process.off('uncaughtExceptionMonitor', uncaught)
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  })

  async function listen(server: Server): Promise<number> {
    servers.push(server.listen(0, '127.0.0.1'))
    await once(server, 'listening')

    return (server.address() as AddressInfo).port
  }

  /** Answers the handshake and refuses what follows in one piece, as if the client had been busy. */
  async function listenAndAlert(): Promise<{ port: number; clients: Socket[] }> {
    const hidden = await listen(createTlsServer(tls))
    const clients: Socket[] = []
    const port = await listen(
      createServer({ allowHalfOpen: true }, (client) => {
        const server = connect({ port: hidden, host: '127.0.0.1', allowHalfOpen: true })
        const answer: Buffer[] = []

        clients.push(client)
        client.once('data', (hello) => server.write(Buffer.concat([hello, NO_RECORD])))
        client.on('error', () => {}).on('close', () => server.destroy())
        server.on('data', (bytes) => answer.push(bytes)).on('error', () => {})
        server.on('end', () => client.end(Buffer.concat(answer)))
      })
    )

    return { port, clients }
  }

  it.each(URLS)('does not end the process: $kind', async ({ scheme, path }) => {
    const { port, clients } = await listenAndAlert()

    connection = new RedisConnection({
      url: `${scheme}://127.0.0.1:${port}${path}`,
      tls: { ca: tls.cert, servername: 'another.example.org' }
    })
    connection.client.connect().catch(() => {})
    await expect.poll(() => clients.filter((client) => client.destroyed).length).toBeGreaterThan(1)

    expect(uncaught).not.toHaveBeenCalled()
  })
})
