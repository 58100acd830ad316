import type { Multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectTcp } from '../../../../test/support/raw-web-socket.ts'
import { connectTestClient } from '../../../../test/support/test-client.ts'
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
      limits: { ...limits, pending: 2 }
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
