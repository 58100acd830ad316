import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, describe, expect, it } from 'vitest'
import { type ServingCli, serveCli } from '../support/cli.ts'
import { connectTestClient, type TestClient } from '../support/test-client.ts'
import { createTestPeer } from '../support/test-peer.ts'

/** Where the node is, unlike its peers: what else is logged of loopback is theirs. */
const NODE_IP = '127.1.2.3'
const SIDECAR_IP = '127.1.2.4'

const PEER_IP = '127.0.0.1'
const INTRUDER_IP = '127.77.66.55'

/** What the peers' records say, and nobody logs at any level. */
const RECORD_IP = '203.0.113.57'
const RECORD_NAME = 'home.example.org'
const RECORD = [`/ip4/${RECORD_IP}/tcp/4001`, `/dns4/${RECORD_NAME}/tcp/4001`]

const FLAGS = [
  ['--listen', `/ip4/${NODE_IP}/tcp/0`, '--listen', `/ip4/${NODE_IP}/tcp/0/ws`],
  ['--sidecar', `${SIDECAR_IP}:0`, '--log-level', 'trace', '--limit-private-sources'],
  ['--max-connections-per-ip', '8', '--max-registrations-per-peer', '1'],
  ['--peer-cost-rate', '0.1', '--peer-cost-burst', '10', '--frame-deadline', '0.3'],
  ['--drain-seconds', '0']
].flat()

/** What the node is to have met by the end. */
const REASONS = ['malformed', 'slow-frame', 'cap-peer', 'peer-rate', 'connections-per-ip']

let front: ServingCli
let clients: TestClient[] = []
let sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets) {
    socket.destroy()
  }

  await Promise.all(clients.map((client) => client.stop()))
  await front.kill()
  clients = []
  sockets = []
})

// Elsewhere the further addresses of loopback have to be set up.
describe.runIf(process.platform === 'linux')('addresses of peers in the log of a node', () => {
  it.each([
    ['shortened', [], ['127.0.0.0', '127.77.66.0'], [PEER_IP, INTRUDER_IP]],
    ['shown', ['--log-ips', 'full'], [PEER_IP, INTRUDER_IP], []],
    ['left out', ['--log-ips', 'none'], [], ['127.0.0.', '127.77.66.']]
  ])('are told of at debug and trace alone, and there %s', async (_how, flags, seen, unseen) => {
    front = await serveCli([...FLAGS, ...flags])

    const peerIds = await meetPeersOfAllKinds()
    const metrics = await metricsOf(front)

    front.process.kill('SIGTERM')

    const { stdout, stderr } = await front.finished
    const lines = stdout.trim().split('\n')
    const details = lines.filter((line) => ['debug', 'trace'].includes(JSON.parse(line).level))
    const others = lines.filter((line) => !details.includes(line))

    expect(stderr).toBe('')
    expect(others).not.toEqual([])
    expect(holding(others, [PEER_IP, INTRUDER_IP, ...peerIds])).toEqual([])
    expect(holding(lines, [RECORD_IP, RECORD_NAME, ...unseen])).toEqual([])
    expect(holding([metrics], [PEER_IP, INTRUDER_IP, RECORD_IP, ...peerIds])).toEqual([])
    expect(seen.filter((text) => holding(details, [text]).length === 0)).toEqual([])
  })
})

/** @returns the ids of those that have one */
async function meetPeersOfAllKinds(): Promise<string[]> {
  await meetHonestPeers()
  await meetGreedyPeer()
  await meetBrokenPeer()
  await meetIntruders()

  // What is refused for time comes last.
  await expect
    .poll(async () => {
      const metrics = await metricsOf(front)

      return REASONS.filter((reason) => !new RegExp(`reason="${reason}"\\} [1-9]`).test(metrics))
    })
    .toEqual([])

  return clients.map(({ peer }) => peer.node.peerId.toString())
}

async function meetHonestPeers(): Promise<void> {
  for (const dialect of ['waku', 'libp2p'] as const) {
    const client = await connectPeer({ dialect })

    expect(await client.register('news')).toBe(0)
    expect(await client.discover('news')).not.toEqual([])
  }
}

/** Registers, and asks for, more than it may; and then is gone in the middle of a request. */
async function meetGreedyPeer(): Promise<void> {
  const client = await connectPeer({ dialect: 'waku' })

  expect(await client.register('news')).toBe(0)
  expect(await client.register('more')).toBe(200)

  while (typeof (await client.find('news')) !== 'number') {
    // Not refused yet.
  }

  client.connection.abort(new Error('enough'))
}

/** Sends what is no request, and what never becomes one. */
async function meetBrokenPeer(): Promise<void> {
  const peer = await createTestPeer()
  const client = await connectPeer({ peer })
  const [broken, slow] = await Promise.all([1, 2].map(() => peer.open(multiaddr(front.point))))

  broken?.send(Uint8Array.of(3, 0xff, 0xff, 0xff))
  expect(await broken?.next()).toBe('reset')
  slow?.send(Uint8Array.of(100, 8))
  expect(await slow?.next()).toBe('reset')
  expect(client.connection.status).toBe('open')
}

/** No libp2p at all, at both listeners, and more of them than may be. */
async function meetIntruders(): Promise<void> {
  const node = await fetch(`${front.sidecar}/api/v1/node`)
  const { listening } = (await node.json()) as { listening: string[] }
  const ports = listening.map((address) => Number(address.split('/')[4]))
  const hellos = [
    'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    '\x13/multistream/1.0.0\n\x07/noise\n\x00\x20garbage that is no handshake at all',
    '\x13/multistream/1.0.0\n\x04/no\n',
    ''
  ]

  for (const port of ports) {
    for (const hello of hellos) {
      const socket = await connectIntruder(port)

      socket.write(hello)
      socket.resetAndDestroy()
    }
  }

  await Promise.all(Array.from({ length: 12 }, () => connectIntruder(ports[0] as number)))
}

async function connectIntruder(port: number): Promise<Socket> {
  const socket = connect({ host: NODE_IP, port, localAddress: INTRUDER_IP })

  sockets.push(socket)
  socket.on('error', () => {
    // Refused, as some have to be.
  })
  await once(socket, 'connect')

  return socket
}

async function connectPeer(init: {
  peer?: Awaited<ReturnType<typeof createTestPeer>>
  dialect?: 'waku' | 'libp2p'
}): Promise<TestClient> {
  const client = await connectTestClient(multiaddr(front.point), init.peer, {
    dialect: init.dialect,
    addresses: RECORD
  })

  clients.push(client)

  return client
}

async function metricsOf({ sidecar }: ServingCli): Promise<string> {
  return (await fetch(`${sidecar}/metrics`)).text()
}

function holding(lines: string[], texts: string[]): string[] {
  return lines.filter((line) => texts.some((text) => line.includes(text)))
}
