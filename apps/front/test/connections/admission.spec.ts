import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as immediate } from 'node:timers/promises'
import type { Multiaddr } from '@multiformats/multiaddr'
import { EventLoopTurns } from '@rendezvous-cluster/point'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectTcp } from '../../../../test/support/raw-web-socket.ts'
import { connectTestClient } from '../../../../test/support/test-client.ts'
import { Admission } from '../../src/connections/admission.ts'
import { startBoundedNode } from './bounded-node.ts'

/** Limits that are not the ones in question, and addresses of this machine held to all. */
const limits = { handshakeMs: 600_000, limitsPrivateSources: true }

describe.each(['', '/ws'] as const)('connections over "%s"', (transport) => {
  async function connectTimes(point: Multiaddr, count: number) {
    const sockets = await Promise.all(Array.from({ length: count }, () => connectTcp(point)))

    onTestFinished(() => {
      for (const socket of sockets) {
        socket.destroy()
      }
    })

    return sockets
  }

  /** Resolves once the other side has ended a new connection that sends nothing. */
  async function refused(point: Multiaddr): Promise<void> {
    // It may be reset while it is made.
    const socket = await connectTcp(point).catch(() => undefined)

    await new Promise<void>((resolve) => {
      socket?.once('close', () => resolve()).resume() ?? resolve()
    })
  }

  async function register(point: Multiaddr): Promise<number> {
    const client = await connectTestClient(point)

    onTestFinished(client.stop)

    return client.register('admitted')
  }

  it('are refused beyond the number of one address', async () => {
    const { point, rejected } = await startBoundedNode({
      transport,
      limits: { ...limits, perIp: 3 }
    })
    const sockets = await connectTimes(point, 3)

    await refused(point)

    expect(rejected).toEqual(['connections-per-ip'])
    expect(sockets.map(({ closed }) => closed)).toEqual([false, false, false])
  })

  it('are let in again once one of the same address has left', async () => {
    const { point } = await startBoundedNode({ transport, limits: { ...limits, perIp: 1 } })
    const [first] = await connectTimes(point, 1)

    await refused(point)
    first?.destroy()

    await expect.poll(() => register(point)).toBe(0)
  })

  it('are refused beyond the rate of one address', async () => {
    const { point, rejected } = await startBoundedNode({
      transport,
      limits: { ...limits, newPerIpBurst: 3, newPerIpAndSecond: 0.001 }
    })

    await connectTimes(point, 3)
    await refused(point)

    expect(rejected).toEqual(['new-connections-per-ip'])
  })

  it('make room for a newcomer when too many hold up their handshake', async () => {
    const { point, rejected } = await startBoundedNode({
      transport,
      limits: { ...limits, pending: 8 }
    })
    const sockets = await connectTimes(point, 2)

    expect(await register(point)).toBe(0)
    expect(rejected).toEqual([transport === '' ? 'pending-handshakes' : 'websocket-upgrade'])
    await expect.poll(() => sockets.map(({ closed }) => closed).sort()).toEqual([false, true])
  })

  it('are refused beyond the most in all, whatever their address', async () => {
    const { point, rejected } = await startBoundedNode({
      transport,
      connectionsMax: 3,
      limits: { ...limits, limitsPrivateSources: false, perIp: 1, newPerIpBurst: 1 }
    })

    await connectTimes(point, 3)
    await refused(point)

    expect(rejected).toEqual(['max-connections'])
  })

  it('that are refused make room for nobody else', async () => {
    const { point, rejected } = await startBoundedNode({ transport, connectionsMax: 1, limits })

    await connectTimes(point, 1)
    await refused(point)
    await refused(point)

    expect(rejected).toEqual(['max-connections', 'max-connections'])
  })
})

it('a connection that is reset while it waits for its turn begins nothing, and ends nothing', async () => {
  const turns = new EventLoopTurns()
  const turn = Promise.withResolvers<void>()
  const next = vi.spyOn(turns, 'next').mockReturnValueOnce(turn.promise)
  const begun = vi.fn((socket: Socket) => socket.destroy())
  const server = createServer(begun)
  const admission = new Admission({
    connectionsMax: 1,
    perIp: { connections: 9, newPerSecond: 9, newBurst: 9, limitsPrivate: true },
    turns,
    onRefused: () => {}
  })

  admission.guard(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())

  const { port } = server.address() as AddressInfo
  const peer = connect(port, '127.0.0.1')

  await expect.poll(() => next).toHaveBeenCalledOnce()
  peer.resetAndDestroy()
  // Its place is free again once its end is known.
  await expect.poll(async () => isLetIn(port)).toBe(true)
  begun.mockClear()
  turn.resolve()
  await immediate()

  expect(begun).not.toHaveBeenCalled()
})

/** Whether a server ends a connection in order, which it does once it has begun. */
async function isLetIn(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')

  return once(socket.resume(), 'close').then(
    () => true,
    () => false
  )
}
