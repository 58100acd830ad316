import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCertificate } from '../support/create-certificate.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { connectTcp } from '../support/raw-web-socket.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'

const TCP = '/ip4/127.0.0.1/tcp/0'
const WS = `${TCP}/ws`
const TLS = `${TCP}/tls/ws`

describe('peers over WebSockets', () => {
  const defaultAuthorities = getCACertificates('default')
  let folder: string
  let tlsFlags: Record<string, string>
  let front: TestFrontNode
  let clients: TestClient[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-websockets-'))

    const { cert, key, ca } = await createCertificate(folder)

    tlsFlags = { 'tls-cert-file': cert, 'tls-key-file': key }
    setDefaultCACertificates([...defaultAuthorities, readFileSync(ca, 'utf8')])
  })

  afterAll(() => {
    setDefaultCACertificates(defaultAuthorities)
    rmSync(folder, { recursive: true })
  })

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.stop()))
    clients = []
    await front.stop()
  })

  function pointOver(protocols: '/tcp' | '/ws' | '/tls/ws'): Multiaddr {
    const pattern = new RegExp(`^/ip4/127.0.0.1/tcp/[1-9]\\d*${protocols.replace('/tcp', '')}/p2p/`)
    const found = front.node.status().multiaddrs.filter((address) => pattern.test(address))

    expect(found).toHaveLength(1)

    return multiaddr(found[0] as string)
  }

  async function connect(protocols: '/tcp' | '/ws' | '/tls/ws'): Promise<TestClient> {
    const client = await connectTestClient(pointOver(protocols))

    clients.push(client)

    return client
  }

  it.each(['/ws', '/tls/ws'] as const)(
    'find those over TCP, and are found by them: %s',
    async (protocols) => {
      front = await startTestFrontNode({ listen: [TCP, WS, TLS], ...tlsFlags })

      const [overTcp, overWs] = [await connect('/tcp'), await connect(protocols)]

      expect(await overTcp.register('from tcp')).toBe(0)
      expect(await overWs.register('from ws')).toBe(0)

      expect(await overWs.find('from tcp')).toEqual([overTcp.peer.node.peerId.toString()])
      expect(await overTcp.find('from ws')).toEqual([overWs.peer.node.peerId.toString()])
    }
  )

  it('get answers of any length', async () => {
    front = await startTestFrontNode({ listen: WS })

    const registered = await Promise.all(Array.from({ length: 50 }, () => connect('/ws')))

    await Promise.all(registered.map((client) => client.register('many')))

    expect(await (await connect('/ws')).find('many')).toHaveLength(50)
  })

  it('see a certificate for wss too, and the address as all write it now', async () => {
    front = await startTestFrontNode({ listen: `${TCP}/wss`, ...tlsFlags })

    expect(await (await connect('/tls/ws')).register('wss')).toBe(0)
  })

  it('are not answered without TLS where there is TLS', async () => {
    front = await startTestFrontNode({ listen: TLS, ...tlsFlags })

    const socket = await connectTcp(pointOver('/tls/ws'))

    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    socket.resume()

    await expect(once(socket, 'close')).resolves.toBeDefined()
    expect(socket.bytesRead).toBe(0)
  })

  it('are told the addresses that are announced, of a proxy with the certificate', async () => {
    const announce = ['/dns4/rdv.example.org/tcp/443/wss', '/dns4/rdv.example.org/tcp/443/tls/ws']

    front = await startTestFrontNode({ listen: WS, announce })

    const { peerId, multiaddrs } = front.node.status()

    expect(multiaddrs).toEqual(announce.map((address) => `${address}/p2p/${peerId}`))
  })

  it.each([WS, TLS])('are served until their turn while a node drains: %s', async (listen) => {
    front = await startTestFrontNode({ listen, ...tlsFlags })

    const point = pointOver(listen === WS ? '/ws' : '/tls/ws')
    const waiting = await connectTestClient(point)
    const other = await connectTestClient(point)

    clients.push(waiting, other)

    const stopped = front.node.stop({ delayMs: 0, drainMs: 600_000 })

    await expect.poll(() => connectTcp(point).then(() => 'open', refusal)).toBe('ECONNREFUSED')
    expect(await waiting.register('still')).toBe(0)
    expect(await other.find('still')).toEqual([waiting.peer.node.peerId.toString()])

    await Promise.all([waiting.stop(), other.stop()])
    await stopped
  })

  it('are closed at their turn, and told so', async () => {
    front = await startTestFrontNode({ listen: WS })

    const client = await connect('/ws')
    const closed = once(client.connection, 'close')

    await front.node.stop({ delayMs: 0, drainMs: 0 })

    await expect(closed).resolves.toBeDefined()
  })

  it('are counted by --max-connections together with those over TCP', async () => {
    front = await startTestFrontNode({ listen: [TCP, WS], 'max-connections': '2' })

    await connect('/tcp')
    await connect('/ws')

    await expect(connect('/ws')).rejects.toThrow()
    await expect(connect('/tcp')).rejects.toThrow()
  })
})

function refusal(error: NodeJS.ErrnoException): string | undefined {
  return error.code
}
