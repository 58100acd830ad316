import type { Connection } from '@libp2p/interface'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectTestClient, type TestClient } from '../../../../test/support/test-client.ts'
import { createTestPeer } from '../../../../test/support/test-peer.ts'
import { type BoundedNodeInit, startBoundedNode } from './bounded-node.ts'

const IDLE_MS = 5 * 60 * 1000

describe('connections of peers that are there', () => {
  async function start(init: BoundedNodeInit = {}) {
    const clock = { nowMs: 0 }
    const { node, point, rejected } = await startBoundedNode({ now: () => clock.nowMs, ...init })
    const connectionsOf = ({ peer }: TestClient): Connection[] =>
      node.getConnections().filter(({ remotePeer }) => remotePeer.equals(peer.node.peerId))

    return {
      clock,
      rejected,
      async connect(): Promise<TestClient> {
        const client = await connectTestClient(point)

        onTestFinished(client.stop)
        // The client has its connection before the node has.
        await expect.poll(() => connectionsOf(client)).toHaveLength(1)

        return client
      },
      /** From one peer, one after the other: libp2p makes one of dials at the same time. */
      async connectTimes(count: number): Promise<Connection[]> {
        const { node: dialer, stop } = await createTestPeer()
        const connections: Connection[] = []

        onTestFinished(stop)

        while (connections.length < count) {
          connections.push(await dialer.dial(point, { force: true }))
        }

        return connections
      },
      openConnections: () => node.getConnections().length
    }
  }

  const isOpen = ({ status }: Connection) => status === 'open'

  it.each(['', '/ws'] as const)(
    'end over "%s" after 5 minutes without a request, unless a registration is live',
    async (transport) => {
      const { clock, connect, rejected } = await start({ transport })
      const [silent, registered, asking] = [await connect(), await connect(), await connect()]

      await silent.discover('staying')
      clock.nowMs = IDLE_MS - 10_000
      await registered.register('staying', 20)
      await asking.discover('staying')
      clock.nowMs = IDLE_MS + 1

      await expect.poll(() => isOpen(silent.connection)).toBe(false)
      expect(rejected.filter((reason) => reason === 'idle-connection')).toHaveLength(1)
      expect([registered, asking].map(({ connection }) => isOpen(connection))).toEqual([true, true])
    }
  )

  it('stay however long they are idle while their registration lives', async () => {
    const { clock, connect, connectTimes, rejected } = await start({ limits: { idleMs: 1000 } })
    const registered = await connect()
    const [silent] = await connectTimes(1)

    await registered.register('staying', 20)
    clock.nowMs = 21_999

    await expect.poll(() => isOpen(silent as Connection)).toBe(false)
    expect(isOpen(registered.connection)).toBe(true)
    expect(rejected).toEqual(['idle-connection'])
  })

  it('end once the registration has expired', async () => {
    const { clock, connect } = await start()
    const registered = await connect()

    await registered.register('expiring', 20)
    clock.nowMs = IDLE_MS + 1

    await expect.poll(() => isOpen(registered.connection)).toBe(false)
  })

  it('end above 90 % of the most, the idle one that was not used for longest', async () => {
    const { clock, connect, connectTimes, rejected } = await start({ connectionsMax: 10 })
    const [registered, older, newer] = [await connect(), await connect(), await connect()]

    await registered.register('staying', 20)
    await older.discover('staying')
    clock.nowMs = 1
    await newer.discover('staying')
    clock.nowMs = 10_001

    const others = await connectTimes(7)

    await expect.poll(() => isOpen(older.connection)).toBe(false)
    expect(rejected).toEqual(['crowded-connection'])
    expect([registered.connection, newer.connection, ...others].every(isOpen)).toBe(true)
  })

  it('end above 90 % for those of the address that has most, when none is idle', async () => {
    const { connectTimes, openConnections, rejected } = await start({
      connectionsMax: 10,
      limits: { limitsPrivateSources: true }
    })

    await connectTimes(10)

    await expect.poll(() => rejected).toEqual(['crowded-connection'])
    await expect.poll(openConnections).toBe(9)
  })

  it('never end while a request is in flight', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const store = new MemoryStore()
    const sample = store.sample.bind(store)
    const heldSample = vi.fn(async (...args: Parameters<typeof sample>) => {
      await held

      return sample(...args)
    })
    const { clock, connect, connectTimes, rejected } = await start({
      connectionsMax: 20,
      pointLimits: { requestDeadlineMs: 10 * IDLE_MS },
      store: Object.assign(store, { sample: heldSample })
    })
    const [silent, waiting] = [await connect(), await connect()]
    const answer = waiting.discover('slow')

    await expect.poll(() => heldSample.mock.calls).toHaveLength(1)
    clock.nowMs = IDLE_MS + 1000
    // Two more than 90 %: each of the others would have to go, but for the request.
    await connectTimes(18)
    await expect.poll(() => isOpen(silent.connection)).toBe(false)
    release()

    expect(await answer).toEqual([])
    expect(rejected).toHaveLength(1)
    expect(isOpen(waiting.connection)).toBe(true)
  })
})
