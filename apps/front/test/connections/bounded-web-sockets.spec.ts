import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setImmediate as immediate } from 'node:timers/promises'
import type { MultiaddrConnection, Upgrader } from '@libp2p/interface'
import type { WebSocketsComponents } from '@libp2p/websockets'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { EventLoopTurns } from '@rendezvous-cluster/point'
import { TypedEventEmitter } from 'main-event'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { negotiationLines } from '../../../../test/support/raw-muxer-peer.ts'
import {
  connectRawWebSocket,
  connectTcp,
  frameHead
} from '../../../../test/support/raw-web-socket.ts'
import { connectTestClient } from '../../../../test/support/test-client.ts'
import { Admission } from '../../src/connections/admission.ts'
import { boundedWebSockets } from '../../src/connections/bounded-web-sockets.ts'
import { SILENT } from '../../src/libp2p-logger.ts'
import { startBoundedNode } from './bounded-node.ts'
import { ended, listenersOf, NEVER_MS, useWebSocketNode } from './web-socket-node.ts'

const MESSAGE_BYTES_MAX = 256 * 1024

/** Of a flood: together more than the buffers of the system hold. */
const MESSAGES = 1024
const MESSAGE_BYTES = 64 * 1024

/** A connection under its encryption, as libp2p has it at runtime. */
interface Transported {
  writeBufferLength: number
  websocket: { bufferedAmount: number }
}

describe('WebSocket connections', () => {
  const webSockets = useWebSocketNode()

  it('end when a peer breaks the protocol, and the node goes on', async () => {
    const point = await webSockets().start()
    const socket = await connectRawWebSocket(point)

    socket.write(Buffer.alloc(6, 0xff))
    await ended(socket)

    expect(await (await webSockets().connectClient(point)).register('after')).toBe(0)
  })

  it('end at the head of a message of more than 256 KiB', async () => {
    const socket = await connectRawWebSocket(await webSockets().start())

    socket.write(frameHead(MESSAGE_BYTES_MAX + 1))

    await expect(ended(socket)).resolves.toBeUndefined()
  })

  it('end when a message comes in more than 64 frames', async () => {
    const socket = await connectRawWebSocket(await webSockets().start())

    socket.write(Buffer.concat([...fragments(65, 1)]))

    await expect(ended(socket)).resolves.toBeUndefined()
  })

  it('end when a frame comes in more than 1024 pieces', async () => {
    const socket = await connectRawWebSocket(await webSockets().start())

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
    const socket = await connectRawWebSocket(await webSockets().start())

    socket.write(frameHead(MESSAGE_BYTES_MAX))
    socket.write(Buffer.alloc(MESSAGE_BYTES_MAX / 2, 0xff))

    await expect.poll(() => webSockets().rejected).toEqual(['handshake-bytes'])
    socket.destroy()
  })

  it('are not read any more when they are held up, nor ended', async () => {
    const socket = await connectRawWebSocket(await webSockets().start())
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
    await expect.poll(() => webSockets().rejected).toEqual(['handshake-bytes'])
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

  it('are ended when their handshake takes too long, whether the peer agrees or not', async () => {
    const socket = await connectRawWebSocket(await webSockets().start({ handshakeMs: 200 }))

    await expect(ended(socket)).resolves.toBeUndefined()
  })

  it('hand on no more than they take, so that progress is seen while a peer reads', async () => {
    await webSockets().connectClient(await webSockets().start())
    await expect.poll(() => webSockets().node.getConnections()).toHaveLength(1)

    const [connection] = webSockets().node.getConnections() as unknown as [
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
      const client = await webSockets().connectClient(await webSockets().start({}, { transport }))
      const closed = once(client.connection, 'close')

      await client.register('before')
      webSockets().node.getConnections()[0]?.abort(new Error('for the test'))

      await expect(closed).resolves.toBeDefined()
    }
  )

  it('stay open and served once no more are accepted', async () => {
    const stopping = new AbortController()
    const point = await webSockets().start({}, { signal: stopping.signal })
    const client = await webSockets().connectClient(point)

    stopping.abort()

    await expect(connectTcp(point)).rejects.toThrow('ECONNREFUSED')
    expect(await client.register('still')).toBe(0)
  })

  it('that can not be accepted end nothing', async () => {
    const point = await webSockets().start()
    const [{ server }] = listenersOf(webSockets().node)

    server.emit('error', new Error('accept EMFILE'))

    expect(await (await webSockets().connectClient(point)).register('after')).toBe(0)
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
