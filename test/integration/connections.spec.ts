import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Connection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { negotiationLines } from '../support/raw-muxer-peer.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'
import { createTestPeer, type TestPeer } from '../support/test-peer.ts'

/** Together more than libp2p's defaults allow: 300 in all, 10 in their handshake, 5 a second. */
const PEERS = 14
const CONNECTIONS_EACH = 25

describe('connections to a front node', () => {
  let front: TestFrontNode
  let peer: TestPeer

  beforeEach(async () => {
    front = await startTestFrontNode()
    peer = await createTestPeer()
  })

  afterEach(async () => {
    await peer.stop()
    await front.stop()
  })

  async function connectionsCounted(): Promise<number> {
    const metrics = await (await fetch(`${front.sidecar}/metrics`)).text()

    return Number(/^rendezvous_connections (\d+)$/m.exec(metrics)?.[1])
  }

  it('are accepted beyond the limits of a client', async () => {
    const peers = await Promise.all(Array.from({ length: PEERS }, () => createTestPeer()))

    try {
      const connections = await Promise.all(peers.map((each) => dialTimes(each, CONNECTIONS_EACH)))

      expect(await connectionsCounted()).toBe(PEERS * CONNECTIONS_EACH)
      expect(connections.flat().every(({ status }) => status === 'open')).toBe(true)
    } finally {
      await Promise.all(peers.map((each) => each.stop()))
    }

    /** One after the other: libp2p makes one of dials to the same address at the same time. */
    async function dialTimes({ node }: TestPeer, count: number): Promise<Connection[]> {
      const connections: Connection[] = []

      while (connections.length < count) {
        connections.push(await node.dial(front.point, { force: true }))
      }

      return connections
    }
  }, 60_000)

  it('are refused beyond --max-connections, while those that are open are served', async () => {
    const small = await startTestFrontNode({ 'max-connections': '2' })
    const clients: TestClient[] = []

    try {
      clients.push(await connectTestClient(small.point), await connectTestClient(small.point))

      await expect(peer.node.dial(small.point)).rejects.toThrow()
      expect(await Promise.all(clients.map((client) => client.register('small')))).toEqual([0, 0])
    } finally {
      await Promise.all(clients.map((client) => client.stop()))
      await small.stop()
    }
  })

  it('never lead the front node to dial the addresses that it is told', async () => {
    const knocks: string[] = []
    const listener = createServer((socket) => knocks.push(String(socket.remoteAddress)))

    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')

    const { port } = listener.address() as AddressInfo
    const stream = await peer.open(front.point)

    stream.send(
      DIALECTS.waku.encodeRequest({
        type: 'register',
        namespace: Buffer.from('addresses'),
        signedPeerRecord: await peer.seal([`/ip4/127.0.0.1/tcp/${port}`])
      })
    )

    expect(await stream.next()).toMatchObject({ status: 0 })

    // Whoever wants to dial a registrant does so once it leaves.
    await peer.stop()
    await expect.poll(connectionsCounted).toBe(0)
    listener.close()

    expect(knocks).toEqual([])
  })

  it('are held up when they send much ahead of a handshake, and others are served', async () => {
    const { host, port } = front.tcp
    const hostile = Array.from({ length: 8 }, () => connect(port, host))

    for (const socket of hostile) {
      // The write fails when the test ends.
      socket.on('error', () => {})
      socket.write(negotiationLines('/multistream/1.0.0', '/noise'))
      socket.write(Buffer.alloc(4 * 1024 * 1024, 0xff))
    }

    await expect.poll(handshakesHeldUp).toBe(8)

    const client = await connectTestClient(front.point)

    expect(await client.register('meanwhile')).toBe(0)
    await client.stop()

    for (const socket of hostile) {
      socket.destroy()
    }

    async function handshakesHeldUp(): Promise<number> {
      const metrics = await (await fetch(`${front.sidecar}/metrics`)).text()

      return Number(
        /^rendezvous_rejected_total\{reason="handshake-bytes"\} (\d+)$/m.exec(metrics)?.[1] ?? 0
      )
    }
  })

  it('do not hold up a stop once their peers have left', async () => {
    const client = await connectTestClient(front.point)
    const stopping = front.node.stop({ delayMs: 0, drainMs: 600_000 })

    await client.stop()

    await expect(stopping).resolves.toBeUndefined()
  })

  it.each([
    ['composed', ''],
    ['composed', '/ws'],
    ['libp2p', ''],
    ['libp2p', '/ws']
  ])(
    'whose handshake ends after listening did are served until their turn: %s%s',
    async (engine, ws) => {
      const draining = await startTestFrontNode({ engine, listen: `/ip4/127.0.0.1/tcp/0${ws}` })
      const way = await startHoldingProxy(draining)
      const connecting = connectTestClient(way.point)

      await way.isHeld
      const stopping = draining.node.stop({ delayMs: 0, drainMs: 3000 })

      await expect.poll(() => canConnect(draining)).toBe(false)
      way.letGo()
      const client = await connecting

      onTestFinished(() => client.stop())

      expect(await client.register('late')).toBe(0)
      await stopping
      await expect.poll(() => client.connection.status).toBe('closed')
    }
  )

  it('identify the node and answer pings, as peers expect', async () => {
    const connection = await peer.node.dial(front.point)
    const stream = await connection.newStream('/ipfs/ping/1.0.0')
    const payload = Uint8Array.from({ length: 32 }, (_, index) => index)
    const { promise: echo, resolve } = Promise.withResolvers<Uint8Array>()

    stream.addEventListener('message', ({ data }) => resolve(data.subarray()))
    stream.send(payload)

    expect(Buffer.from(await echo)).toEqual(Buffer.from(payload))

    const identify = await connection.newStream('/ipfs/id/1.0.0')
    const identified = await new Promise<string>((done) => {
      identify.addEventListener('message', ({ data }) =>
        done(Buffer.from(data.subarray()).toString())
      )
    })

    expect(identified).toContain('rendezvous-cluster/')
    expect(identified).toContain(DIALECTS.waku.protocol)
  })
})

async function canConnect({ tcp: { host, port } }: TestFrontNode): Promise<boolean> {
  const socket = connect(port, host)

  try {
    await once(socket, 'connect')

    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

interface HoldingProxy {
  /** The node, by way of the proxy. */
  point: Multiaddr
  /** Resolves when the node has answered a peer: nothing more of the peer reaches it from then on. */
  isHeld: Promise<void>
  /** Lets the node have what is held. */
  letGo: () => void
}

/** Holds up a handshake for as long as a test wants. Runs until the end of the test. */
async function startHoldingProxy({
  point,
  tcp: { host, port }
}: TestFrontNode): Promise<HoldingProxy> {
  const { promise: isHeld, resolve: onHeld } = Promise.withResolvers<void>()
  const sockets: Socket[] = []
  let letGo = () => {}
  const proxy = createServer((peer) => {
    const node = connect(port, host)

    sockets.push(
      peer.on('error', () => {}),
      node.on('error', () => {})
    )
    peer.pipe(node).pipe(peer)
    node.once('data', () => {
      peer.unpipe(node)
      letGo = () => peer.pipe(node)
      onHeld()
    })
  }).listen(0, '127.0.0.1')

  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.close()

    for (const socket of sockets) {
      socket.destroy()
    }
  })

  const address = point
    .toString()
    .replace(`/tcp/${port}`, `/tcp/${(proxy.address() as AddressInfo).port}`)

  return { point: multiaddr(address), isHeld, letGo: () => letGo() }
}
