import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import os from 'node:os'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startTestFrontNode, type TestFrontNode } from '../../../test/support/front-node.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { examineAddresses } from '../src/doctor/examine-addresses.ts'
import type { Finding } from '../src/doctor/finding.ts'

const INTERFACES = ['192.0.2.7', '169.254.7.7', '10.7.7.7'].map((address) => ({
  address,
  family: 'IPv4' as const,
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  internal: false,
  cidr: null
}))

/** Asked before anything else answers for the host. */
const HAS_IPV6 = Object.values(os.networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .some(({ family }) => family === 'IPv6')

let running: TestFrontNode

beforeEach(async () => {
  vi.spyOn(os, 'networkInterfaces').mockReturnValue({ eth0: INTERFACES })
  running = await startTestFrontNode({ listen: '/ip4/0.0.0.0/tcp/0/ws' })
})

afterEach(async () => {
  vi.restoreAllMocks()
  await running.stop()
})

it('says that peers are told the addresses that a node tells them', async () => {
  const told = running.node.status().multiaddrs.map((address) => address.replace(/\/p2p\/.*/, ''))
  const listen = `/ip4/0.0.0.0/tcp/${running.tcp.port}/ws`
  const findings = await examineAddresses(
    loadConfig({ flags: { listen }, env: {}, cwd: process.cwd() })
  )

  expect(told).toHaveLength(2)
  expect(findings).toEqual([
    expect.objectContaining({ text: expect.stringContaining(`: ${told.join(', ')}`) })
  ])
})

describe.skipIf(!HAS_IPV6)('where both families are listened on, as by default', () => {
  it('tells an address of somebody else from one that leads here', async () => {
    const listen = await bothFamilies()
    const other = await startOther(() => {})

    const findings = await examineAnnounced(listen, other)

    expect(findings).toContainEqual(
      expect.objectContaining({
        level: 'bad',
        text: `${other} leads to something else than this host`
      })
    )
  })

  it('finds that an address of either family leads here', async () => {
    const listen = await bothFamilies()
    const announce = listen.map((address) =>
      address.replace('/0.0.0.0/', '/127.0.0.1/').replace('/::/', '/::1/')
    )

    const findings = await examineAnnounced(listen, ...announce)

    for (const address of announce) {
      expect(findings).toContainEqual(
        expect.objectContaining({ level: 'good', text: `${address} leads here` })
      )
    }
  })
})

it('tells somebody who speaks first from a node that runs, which does not', async () => {
  const listen = [`/ip4/0.0.0.0/tcp/${running.tcp.port}/ws`]
  const other = await startOther((socket) => socket.end('220 another service'))
  const own = `/ip4/127.0.0.1/tcp/${running.tcp.port}/ws`

  const findings = await examineAnnounced(listen, other, own)

  expect(findings).toContainEqual(
    expect.objectContaining({
      level: 'bad',
      text: `${other} leads to something else than this host`
    })
  )
  expect(findings).toContainEqual(
    expect.objectContaining({ level: 'good', text: `${own} leads here` })
  )
})

function examineAnnounced(listen: string[], ...announce: string[]): Promise<Finding[]> {
  return examineAddresses(loadConfig({ flags: { listen, announce }, env: {}, cwd: process.cwd() }))
}

/** One port, of IPv4 and of IPv6. */
async function bothFamilies(): Promise<string[]> {
  const server = createServer().listen(0, '::')

  await once(server, 'listening')

  const { port } = server.address() as AddressInfo

  server.close()
  await once(server, 'close')

  return [`/ip4/0.0.0.0/tcp/${port}`, `/ip6/::/tcp/${port}`]
}

/** Another service, until the end of the test. Returns its address. */
async function startOther(serve: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    serve(socket)
  }).listen(0, '127.0.0.1')

  await once(server, 'listening')
  onTestFinished(() => {
    server.close()

    for (const socket of sockets) {
      socket.destroy()
    }
  })

  return `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`
}
