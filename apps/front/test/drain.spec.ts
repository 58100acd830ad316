import type { Connection } from '@libp2p/interface'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { drain } from '../src/drain.ts'
import type { PointNode } from '../src/point-node.ts'

const DRAIN_MS = 10_000

describe('a drain', () => {
  let open: Set<Connection>
  let handshakes: number
  let node: PointNode

  beforeEach(() => {
    vi.useFakeTimers({ fakeNodeBuiltins: true })
    open = new Set()
    handshakes = 0
    node = {
      getConnections: vi.fn(() => [...open]),
      services: {
        connections: open,
        listeners: { countSockets: async () => open.size + handshakes },
        rendezvous: { refuseStreams: vi.fn(), isAnswering: () => false }
      }
    } as unknown as PointNode
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  function connect(): Connection {
    const connection = {
      close: async () => {
        open.delete(connection)
      }
    } as Connection

    open.add(connection)

    return connection
  }

  /** Whether a drain that begins now has ended. */
  function start(): { hasEnded: boolean } {
    const watch = { hasEnded: false }

    void drain(node, DRAIN_MS).then(() => {
      watch.hasEnded = true
    })

    return watch
  }

  const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  it('ends at once where nobody is connected', async () => {
    const draining = start()

    await advance(0)

    expect(draining.hasEnded).toBe(true)
  })

  it('closes connections one by one, the last of them at its end', async () => {
    Array.from({ length: 4 }, connect)

    const draining = start()
    const left: number[] = []

    for (let quarter = 0; quarter < 4; quarter++) {
      left.push(open.size)
      await advance(DRAIN_MS / 4)
    }

    expect(left).toEqual([4, 3, 2, 1])
    expect(draining.hasEnded).toBe(true)
  })

  it('closes those too that have ended their handshake since it began, and takes no new stream of them', async () => {
    connect()
    connect()
    handshakes = 1

    const draining = start()

    await advance(DRAIN_MS / 2)
    handshakes = 0

    const late = connect()

    await advance(DRAIN_MS / 2)

    expect([...open]).toEqual([])
    expect(node.services.rendezvous.refuseStreams).toHaveBeenCalledWith(late)
    expect(draining.hasEnded).toBe(true)
  })

  it('waits for a handshake where nobody is connected, and serves its peer for the rest of its time', async () => {
    handshakes = 1

    const draining = start()

    await advance(2000)
    handshakes = 0
    connect()
    await advance(DRAIN_MS - 2001)

    expect([open.size, draining.hasEnded]).toEqual([1, false])

    await advance(1)

    expect([open.size, draining.hasEnded]).toEqual([0, true])
  })

  it('ends when the last handshake has failed', async () => {
    handshakes = 1

    const draining = start()

    await advance(2000)
    const before = draining.hasEnded

    handshakes = 0
    await advance(100)

    expect([before, draining.hasEnded]).toEqual([false, true])
  })

  it('waits for no handshake beyond its time', async () => {
    handshakes = 1

    const draining = start()

    await advance(DRAIN_MS)

    expect(draining.hasEnded).toBe(true)
  })

  it('does not list all connections for each of them', async () => {
    Array.from({ length: 1000 }, connect)

    const draining = start()

    await advance(DRAIN_MS)

    expect(draining.hasEnded).toBe(true)
    expect(vi.mocked(node.getConnections).mock.calls.length).toBeLessThan(10)
  })
})
