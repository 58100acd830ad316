import { type EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setImmediate as immediate } from 'node:timers/promises'
import { connect as connectTls, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Listener, MultiaddrConnection, Upgrader } from '@libp2p/interface'
import type { WebSocketsComponents } from '@libp2p/websockets'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { EventLoopTurns, noPointMetrics } from '@rendezvous-cluster/point'
import { RendezvousService } from '@rendezvous-cluster/rendezvous'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { TypedEventEmitter } from 'main-event'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type Certificate,
  generateCertificate
} from '../../../../test/support/create-certificate.ts'
import { negotiationLines } from '../../../../test/support/raw-muxer-peer.ts'
import {
  connectRawWebSocket,
  connectTcp,
  frameHead,
  UPGRADE_REQUEST
} from '../../../../test/support/raw-web-socket.ts'
import { connectTestClient, type TestClient } from '../../../../test/support/test-client.ts'
import { Admission } from '../../src/connections/admission.ts'
import { boundedWebSockets } from '../../src/connections/bounded-web-sockets.ts'
import type { ConnectionLimits } from '../../src/connections/connection-limits.ts'
import { SILENT } from '../../src/libp2p-logger.ts'
import type { PointNode } from '../../src/point-node.ts'
import { createPointNode, startBoundedNode } from './bounded-node.ts'

const MESSAGE_BYTES_MAX = 256 * 1024

/** Of a flood: together more than the buffers of the system hold. */
const MESSAGES = 1024
const MESSAGE_BYTES = 64 * 1024

/** Longer than a test: a limit that is not the one in question. */
const NEVER_MS = 600_000

/** A connection under its encryption, as libp2p has it at runtime. */
interface Transported {
  writeBufferLength: number
  websocket: { bufferedAmount: number }
}

describe('WebSocket connections', () => {
  const accepting = new AbortController()
  const defaultAuthorities = getCACertificates('default')
  let certificate: Certificate
  let node: PointNode
  let rejected: string[]
  let clients: TestClient[] = []

  beforeAll(async () => {
    certificate = await generateCertificate()
    setDefaultCACertificates([...defaultAuthorities, certificate.cert])
  })

  afterAll(() => setDefaultCACertificates(defaultAuthorities))

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.stop()))
    clients = []
    await node.stop()
  })

  async function start(
    limits: Partial<ConnectionLimits> = {},
    { transport = '/ws', signal = accepting.signal } = {}
  ): Promise<Multiaddr> {
    rejected = []
    node = await createPointNode({
      privateKey: await generateKeyPair('Ed25519'),
      listen: [`/ip4/127.0.0.1/tcp/0${transport}`],
      announce: [],
      tls: certificate,
      connectionsMax: 10,
      limits: { handshakeMs: NEVER_MS, ...limits },
      accepting: signal,
      point: {
        service: new RendezvousService({ store: new MemoryStore() }),
        dialects: [DIALECTS.waku],
        metrics: { ...noPointMetrics, rejected: (reason) => rejected.push(reason) }
      },
      registry: new Registry(),
      log: pino({ level: 'silent' }),
      version: '0.0.0'
    })
    await node.start()

    return node.getMultiaddrs()[0] as Multiaddr
  }

  async function connectClient(point: Multiaddr): Promise<TestClient> {
    const client = await connectTestClient(point)

    clients.push(client)

    return client
  }

  /** Resolves once the other side has ended it. */
  async function ended(socket: Socket): Promise<void> {
    socket.resume()
    await once(socket, 'close')
  }

  it('end when a peer breaks the protocol, and the node goes on', async () => {
    const point = await start()
    const socket = await connectRawWebSocket(point)

    socket.write(Buffer.alloc(6, 0xff))
    await ended(socket)

    expect(await (await connectClient(point)).register('after')).toBe(0)
  })

  it('end at the head of a message of more than 256 KiB', async () => {
    const socket = await connectRawWebSocket(await start())

    socket.write(frameHead(MESSAGE_BYTES_MAX + 1))

    await expect(ended(socket)).resolves.toBeUndefined()
  })

  it('end when a message comes in more than 64 frames', async () => {
    const socket = await connectRawWebSocket(await start())

    socket.write(Buffer.concat([...fragments(65, 1)]))

    await expect(ended(socket)).resolves.toBeUndefined()
  })

  it('end when a frame comes in more than 1024 pieces', async () => {
    const socket = await connectRawWebSocket(await start())

    socket.resume()
    socket.setNoDelay(true)
    socket.write(frameHead(10_000))

    for (let sent = 0; sent < 10_000 && !socket.closed; sent++) {
      socket.write(Buffer.alloc(1))
      await immediate()
    }

    await expect.poll(() => socket.closed).toBe(true)
  })

  it('are held up when they send much ahead of a handshake, even in one message', async () => {
    const socket = await connectRawWebSocket(await start())

    socket.write(frameHead(MESSAGE_BYTES_MAX))
    socket.write(Buffer.alloc(MESSAGE_BYTES_MAX / 2, 0xff))

    await expect.poll(() => rejected).toEqual(['handshake-bytes'])
    socket.destroy()
  })

  it('are not read any more when they are held up, nor ended', async () => {
    const socket = await connectRawWebSocket(await start())
    const payload = Buffer.alloc(MESSAGE_BYTES, 0xff)
    const message = Buffer.concat([frameHead(MESSAGE_BYTES), payload])

    // The rest of the first message is the beginning of a handshake's.
    message.set(
      negotiationLines('/multistream/1.0.0', '/noise'),
      frameHead(MESSAGE_BYTES).byteLength
    )

    let sent = 0
    let sentBefore = 0

    function sendOn(error?: Error | null): void {
      if (error == null && sent++ < MESSAGES) {
        socket.write(message, sendOn)
      }
    }

    sendOn()
    await expect.poll(() => rejected).toEqual(['handshake-bytes'])
    await expect.poll(hasStalled, { interval: 100 }).toBe(true)

    // More than libp2p would gather before it gave up are left.
    expect(sent).toBeLessThan(MESSAGES / 2)
    expect(socket.closed).toBe(false)
    socket.destroy()

    function hasStalled(): boolean {
      const hasSentMore = sent !== sentBefore

      sentBefore = sent

      return !hasSentMore
    }
  })

  it.each([
    ['sends nothing', ''],
    ['sends the head of a request slowly', 'GET / HTTP/1.1\r\nHost: ']
  ])('are not waited for when a peer %s', async (_what, text) => {
    const socket = await connectTcp(await start({ handshakeMs: 200 }))

    socket.write(text)
    await ended(socket)

    expect(rejected).toEqual(['websocket-upgrade'])
  })

  it('are not waited for when a peer begins TLS and no more', async () => {
    const point = await start({ handshakeMs: 200 }, { transport: '/tls/ws' })
    const socket = await connectTcp(point)

    socket.write('\x16\x03\x01\x02\x00')
    await ended(socket)

    expect(rejected).toEqual(['websocket-upgrade'])
  })

  it.each(['/ws', '/tls/ws'])(
    'outlive the deadline of their upgrade, over %s',
    async (transport) => {
      const point = await start({ handshakeMs: 1000 }, { transport })
      const client = await connectClient(point)

      // Its deadline is later than that of the client would be.
      await ended(await connectTcp(point))

      expect(await client.register('later')).toBe(0)
    }
  )

  it('wait for their upgrade up to a number, then the oldest is ended', async () => {
    const point = await start({ pending: 2 })
    const oldest = await connectTcp(point)
    const other = await connectTcp(point)
    const newest = await connectTcp(point)

    await ended(oldest)

    expect([other, newest].map(({ closed }) => closed)).toEqual([false, false])
    expect(rejected).toEqual(['websocket-upgrade'])
    other.destroy()
    newest.destroy()
  })

  it('are ended when their handshake takes too long, whether the peer agrees or not', async () => {
    const socket = await connectRawWebSocket(await start({ handshakeMs: 200 }))

    await expect(ended(socket)).resolves.toBeUndefined()
  })

  it('hand on no more than they take, so that progress is seen while a peer reads', async () => {
    await connectClient(await start())
    await expect.poll(() => node.getConnections()).toHaveLength(1)

    const [connection] = node.getConnections() as unknown as [
      { muxer: { maConn: MultiaddrConnection & { stream: Transported } } }
    ]
    const { maConn } = connection.muxer

    maConn.send(new Uint8Array(16 * 1024 * 1024))

    const { writeBufferLength, websocket } = maConn.stream

    expect(writeBufferLength).toBeGreaterThan(0)
    expect(websocket.bufferedAmount).toBeLessThan(512 * 1024)
  })

  it.each(['', '/ws'])(
    'end for the peer when the node resets them, over "%s"',
    async (transport) => {
      const client = await connectClient(await start({}, { transport }))
      const closed = once(client.connection, 'close')

      await client.register('before')
      node.getConnections()[0]?.abort(new Error('for the test'))

      await expect(closed).resolves.toBeDefined()
    }
  )

  it.each([
    [
      'a request for a page',
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      /^HTTP\/1.1 400 /
    ],
    ['nonsense', 'nonsense\r\n\r\n', /^HTTP\/1.1 400 /],
    [
      'a request for another protocol',
      UPGRADE_REQUEST.replace('websocket', 'h2c'),
      /^HTTP\/1.1 400 /
    ],
    ['a long head', `GET / HTTP/1.1\r\nA: ${'a'.repeat(8192)}\r\n`, /^HTTP\/1.1 431 /],
    ['TLS', '\x16\x03\x01\x02\x00', /^$/]
  ])('answer a peer who sends %s, and end', async (_what, request, answer) => {
    const point = await start()
    const socket = await connectTcp(point)
    let answered = ''

    socket.on('data', (data) => {
      answered += String(data)
    })
    socket.write(request)
    await once(socket, 'close')

    expect(answered).toMatch(answer)
    expect(await (await connectClient(point)).register('after')).toBe(0)
  })

  describe.each(['/ws', '/tls/ws'])('over %s', (transport) => {
    it.each([
      ['a page', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
      ['a page of no host', 'GET / HTTP/1.1\r\n\r\n'],
      ['what has a body', 'POST / HTTP/1.1\r\nHost: l\r\nContent-Length: 9\r\n\r\n']
    ])(
      'answer a peer who asks for %s, and nothing that comes behind it',
      async (_what, request) => {
        const point = await start({}, { transport })
        const [{ http, https }] = listenersOf(node)
        const socket = await connectTcp(point)
        const wire = https == null ? socket : connectTls({ socket, rejectUnauthorized: false })
        const onRequest = vi.fn()
        let answered = ''

        wire.on('error', () => {})
        wire.on('data', (data) => {
          answered += String(data)
        })
        http?.on('request', onRequest)
        https?.on('request', onRequest)
        wire.write(request.repeat(1000) + UPGRADE_REQUEST)
        await once(wire, 'close')

        expect(answered.match(/HTTP\/1.1 .*/g)).toEqual(['HTTP/1.1 400 Bad Request'])
        expect(answered).toMatch(/\r\nConnection: close\r\n/)
        expect(onRequest.mock.calls.length).toBeLessThanOrEqual(1)
        expect(await (await connectClient(point)).register('after')).toBe(0)
      }
    )
  })

  it('are not upgraded while the answer to a request ahead waits to be taken', async () => {
    const point = await start()
    const [{ http }] = listenersOf(node)
    const socket = await connectTcp(point)
    const page = 'GET / HTTP/1.1\r\nHost: l\r\n\r\n'
    const answering = Promise.withResolvers<Socket>()
    let answered = ''

    http?.prependListener('request', ({ socket: peer }) => {
      // Called once the answer is given: its end waits for what is not taken of it.
      vi.spyOn(peer, 'destroySoon').mockImplementation(() => answering.resolve(peer))
    })
    socket.on('data', (data) => {
      answered += String(data)
    })
    socket.write(page)

    const peer = await answering.promise

    socket.write(UPGRADE_REQUEST)
    await expect.poll(() => peer.bytesRead).toBe(page.length + UPGRADE_REQUEST.length)
    peer.end()
    await once(socket, 'close')

    expect(answered.match(/HTTP\/1.1 .*/g)).toEqual(['HTTP/1.1 400 Bad Request'])
  })

  it('stay open and served once no more are accepted', async () => {
    const stopping = new AbortController()
    const point = await start({}, { signal: stopping.signal })
    const client = await connectClient(point)

    stopping.abort()

    await expect(connectTcp(point)).rejects.toThrow('ECONNREFUSED')
    expect(await client.register('still')).toBe(0)
  })

  it('that are not WebSockets yet hold up no stop', async () => {
    const socket = await connectTcp(await start())

    await node.stop()
    await expect(ended(socket)).resolves.toBeUndefined()
  })

  it('that can not be accepted end nothing', async () => {
    const point = await start()
    const [{ server }] = listenersOf(node)

    server.emit('error', new Error('accept EMFILE'))

    expect(await (await connectClient(point)).register('after')).toBe(0)
  })
})

it('a WebSocket that is held up hands on what has come, and is read on after the handshake', async () => {
  const onHeldUp = vi.fn()
  const shaken = Promise.withResolvers<void>()
  const inbound = Promise.withResolvers<MultiaddrConnection>()
  const point = await listenAlone(onHeldUp, (connection) => {
    inbound.resolve(connection)

    return shaken.promise
  })
  const socket = await connectRawWebSocket(point)
  const connection = await inbound.promise
  const first = Buffer.from('the rest of the handshake')
  const payload = Buffer.alloc(MESSAGE_BYTES)
  const received: Uint8Array[] = []

  onTestFinished(() => void socket.destroy())
  socket.write(
    Buffer.concat([
      frameHead(first.byteLength),
      first,
      frameHead(MESSAGE_BYTES),
      payload.subarray(0, 40 * 1024)
    ])
  )
  await expect.poll(() => onHeldUp.mock.calls.length).toBe(1)
  connection.addEventListener('message', ({ data }) => received.push(data.slice()))
  await expect.poll(() => Buffer.concat(received)).toEqual(first)

  socket.write(payload.subarray(40 * 1024))
  shaken.resolve()

  await expect.poll(() => Buffer.concat(received)).toEqual(Buffer.concat([first, payload]))
  expect(onHeldUp).toHaveBeenCalledOnce()
})

describe('messages that are not whole', () => {
  it.each([
    ['whose frame is not', [frameHead(250_000), Buffer.alloc(200_000)]],
    ['that go on in another frame', [...fragments(2, 100_000)]],
    ['that come in many frames', [...fragments(60, 3000)]]
  ])('count as unread: %s', async (_what, pieces) => {
    const { node, point, rejected } = await startBoundedNode({
      transport: '/ws',
      pointLimits: { unreadBytes: 150_000 }
    })
    const wire = await tapWire(point)
    const client = await connectTestClient(wire.point)

    onTestFinished(client.stop)
    expect(await client.register('before')).toBe(0)
    expect(node.getConnections()).toHaveLength(1)

    wire.inject(Buffer.concat(pieces))

    await expect.poll(() => rejected).toEqual(['unread-bytes'])
    await expect.poll(() => node.getConnections()).toHaveLength(0)
  })
})

/** Of one message, which goes on after them. */
function* fragments(count: number, bytes: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) {
    const head = frameHead(bytes)

    // Binary, or what goes on: neither with the bit for the end.
    head.writeUInt8(index === 0 ? 0x02 : 0x00, 0)
    yield Buffer.concat([head, Buffer.alloc(bytes)])
  }
}

/** A way to a point, on which a test sends what its client does not. */
async function tapWire(to: Multiaddr): Promise<{ point: Multiaddr; inject(bytes: Buffer): void }> {
  let inject = (_bytes: Buffer): void => {}
  const server = createServer(async (socket) => {
    socket.on('error', () => {})

    const upstream = await connectTcp(to)

    socket.pipe(upstream).pipe(socket)
    inject = (bytes) => {
      // What the client sends would be in between.
      socket.unpipe(upstream)
      upstream.write(bytes)
    }
  })

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())

  const { port } = server.address() as AddressInfo

  return {
    point: multiaddr(to.toString().replace(/tcp\/\d+/, `tcp/${port}`)),
    inject: (bytes) => inject(bytes)
  }
}

/** A listener without a node. @returns its address */
async function listenAlone(
  onHeldUp: () => void,
  upgradeInbound: (connection: MultiaddrConnection) => Promise<void>
): Promise<Multiaddr> {
  const transport = boundedWebSockets({
    accepting: new AbortController().signal,
    admission: new Admission({
      connectionsMax: 10,
      perIp: { connections: 10, newPerSecond: 10, newBurst: 10, limitsPrivate: false },
      turns: new EventLoopTurns(),
      onRefused: () => {}
    }),
    upgradeMs: NEVER_MS,
    pendingMax: 10,
    onNotUpgraded: () => {},
    onHeldUp
  })({
    logger: { forComponent: () => SILENT },
    events: new TypedEventEmitter()
  } as unknown as WebSocketsComponents)
  const listener = transport.createListener({ upgrader: { upgradeInbound } as unknown as Upgrader })

  await listener.listen(multiaddr('/ip4/127.0.0.1/tcp/0/ws'))
  onTestFinished(() => listener.close())

  return listener.getAddrs()[0] as Multiaddr
}

type OpenListeners = [Listener & { server: Server; http?: EventEmitter; https?: EventEmitter }]

/** Wherever the engine keeps them. */
function listenersOf(node: PointNode): OpenListeners {
  const { components, services } = node as unknown as {
    components?: { transportManager: { getListeners(): OpenListeners } }
    services: { listeners: { open: OpenListeners } }
  }

  return components?.transportManager.getListeners() ?? services.listeners.open
}
