import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Connection, MultiaddrConnection, Stream } from '@libp2p/interface'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { DIALECTS, RESPONSE_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  connectRawMuxer,
  FLAG,
  FRAME,
  muxerFrame,
  negotiationLines,
  type RawMuxerPeer
} from '../../../../test/support/raw-muxer-peer.ts'
import { createTestPeer } from '../../../../test/support/test-peer.ts'
import { type BoundedNodeInit, startBoundedNode } from './bounded-node.ts'

const WINDOW_BYTES = 256 * 1024
const MULTISTREAM = '/multistream/1.0.0'
const PING_PROTOCOL = '/ipfs/ping/1.0.0'

/** Sent back by the node, a piece at a time. */
const ECHO_BYTES = 64 * 1024

/** Of such pieces: together more than the buffers of the system hold. */
const ECHOES_MAX = 512

const open = (streamId: number) =>
  muxerFrame({ type: FRAME.windowUpdate, flag: FLAG.syn, streamId })
const reset = (streamId: number) =>
  muxerFrame({ type: FRAME.windowUpdate, flag: FLAG.rst, streamId })
const ping = (length = 0) => muxerFrame({ type: FRAME.ping, flag: FLAG.syn, length })
const data = (streamId: number, bytes: Uint8Array) => muxerFrame({ streamId }, bytes)

/** Streams of the peer have odd ids. */
const idOf = (index: number) => 2 * index + 1

/** What a connection of libp2p has beyond its interface. */
type OpenMuxer = Connection & {
  muxer: {
    maConn: MultiaddrConnection
    decoder: { buffer: PieceList }
    streams: (Stream & { readBuffer: PieceList })[]
  }
}

/** That of a muxer, over TCP. */
type EncryptedConnection = MultiaddrConnection & { stream: { socket: Socket } }

interface PieceList {
  byteLength: number
  bufs: unknown[]
}

describe.each(['', '/ws'] as const)('the muxer of a connection over "%s"', (transport) => {
  async function connect(init: BoundedNodeInit = {}) {
    const { node, point, rejected } = await startBoundedNode({ transport, ...init })
    const peer = await connectRawMuxer(point)

    onTestFinished(peer.stop)
    await expect.poll(() => node.getConnections()).toHaveLength(1)

    return { peer, rejected, connection: node.getConnections()[0] as OpenMuxer }
  }

  /** What was sent before has been handled once this is answered. */
  async function answerPing(peer: RawMuxerPeer, id: number): Promise<void> {
    peer.send(ping(id))
    await expect
      .poll(() => peer.received().some(({ type, length }) => type === FRAME.ping && length === id))
      .toBe(true)
  }

  const resetStreams = (peer: RawMuxerPeer) =>
    peer
      .received()
      .filter(({ flag }) => (flag & FLAG.rst) !== 0)
      .map(({ streamId }) => streamId)

  it('takes a frame as long as a window', async () => {
    const { peer, rejected } = await connect()

    peer.send(open(1), data(1, new Uint8Array(WINDOW_BYTES)))
    await answerPing(peer, 7)

    // Of what is in it no protocol can be made.
    expect(rejected).toEqual(['negotiation'])
    expect(resetStreams(peer)).toEqual([1])
  })

  it('ends with a frame that says it is longer', async () => {
    const { peer, rejected } = await connect()

    peer.send(
      open(1),
      muxerFrame({ streamId: 1, length: WINDOW_BYTES + 1 }, new Uint8Array(WINDOW_BYTES))
    )

    await expect.poll(peer.hasEnded).toBe(true)
    expect(rejected).toEqual(['frame-bytes'])
  })

  it('keeps a frame that comes in small pieces in few', async () => {
    const { peer, connection } = await connect()
    const { decoder } = connection.muxer

    peer.send(open(1), muxerFrame({ streamId: 1, length: WINDOW_BYTES }))

    for (let sent = 0; sent < 3000; sent++) {
      peer.send(Uint8Array.of(0))
    }

    await expect.poll(() => decoder.buffer.byteLength).toBe(12 + 3000)
    expect(decoder.buffer.bufs.length).toBeLessThanOrEqual(64)
  })

  it('answers 32 pings in a row, and ends with more', async () => {
    const { peer, rejected } = await connect()

    peer.send(...Array.from({ length: 31 }, () => ping()))
    await answerPing(peer, 7)
    const rejectedBefore = [...rejected]

    peer.send(...Array.from({ length: 32 }, () => ping()))

    await expect.poll(peer.hasEnded).toBe(true)
    expect(rejectedBefore).toEqual([])
    expect(rejected).toEqual(['ping-rate'])
  })

  it('opens 1,500 streams in a row, one after the other, and ends with many more', async () => {
    const { peer, rejected } = await connect()
    const openings = (from: number) =>
      Array.from({ length: 1500 }, (_, index) => [
        open(idOf(from + index)),
        reset(idOf(from + index))
      ])

    peer.send(...openings(0).flat())
    await answerPing(peer, 7)
    const rejectedBefore = [...rejected]

    peer.send(...openings(1500).flat())

    await expect.poll(peer.hasEnded).toBe(true)
    expect(rejectedBefore).toEqual([])
    expect(rejected).toEqual(['stream-rate'])
  })

  it('takes 10,000 frames in a row, and ends with many more', async () => {
    const { peer, rejected } = await connect()
    const frames = Array.from({ length: 9998 }, () =>
      muxerFrame({ type: FRAME.windowUpdate, streamId: 1 })
    )

    peer.send(...frames)
    await answerPing(peer, 7)
    const rejectedBefore = [...rejected]

    peer.send(...frames)

    await expect.poll(peer.hasEnded).toBe(true)
    expect(rejectedBefore).toEqual([])
    expect(rejected).toEqual(['frame-rate'])
  })

  it('has 16 streams at a time, whatever their protocol, and resets the next', async () => {
    const { peer, rejected } = await connect()

    peer.send(...Array.from({ length: 17 }, (_, index) => open(idOf(index))))
    await answerPing(peer, 7)

    expect(resetStreams(peer)).toEqual([idOf(16)])
    expect(rejected).toEqual(['streams-per-connection'])
  })

  it('resets a stream that has no protocol after 10 seconds', async () => {
    const clock = { nowMs: 0 }
    const { peer, rejected } = await connect({ now: () => clock.nowMs })

    peer.send(open(1), data(1, negotiationLines(MULTISTREAM)))
    await answerPing(peer, 7)
    clock.nowMs = 5000
    peer.send(open(3))
    await answerPing(peer, 8)
    clock.nowMs = 10_001

    await expect.poll(() => resetStreams(peer)).toEqual([1])
    expect(rejected).toEqual(['slow-negotiation'])
  })

  it.each([
    ['a length that does not end', new Uint8Array(1000).fill(0xff)],
    ['a line that is too long', Buffer.from([0x81, 0x08])],
    ['a line without an end', Buffer.from([3, 0x61, 0x62, 0x63])],
    ['17 lines', negotiationLines(MULTISTREAM, ...Array.from({ length: 16 }, () => '/none'))]
  ])('resets a stream that begins with %s, and goes on', async (_what, bytes) => {
    const { peer, rejected } = await connect()

    peer.send(open(1), data(1, bytes))
    await answerPing(peer, 7)

    expect(resetStreams(peer)).toEqual([1])
    expect(rejected).toEqual(['negotiation'])
  })

  it('keeps what waits for its turn on a stream in few pieces', async () => {
    const { peer, connection } = await connect({ store: neverAnswering() })
    const request = DIALECTS.waku.encodeRequest({
      type: 'discover',
      namespace: Buffer.from('held')
    })

    peer.send(
      open(1),
      data(1, negotiationLines(MULTISTREAM, DIALECTS.waku.protocol)),
      data(1, request)
    )
    // So much is read ahead.
    peer.send(data(1, new Uint8Array(33 * 1024)))
    await expect.poll(() => connection.streams[0]?.readStatus).toBe('paused')
    peer.send(...Array.from({ length: 3000 }, () => data(1, Uint8Array.of(0))))

    const [stream] = connection.muxer.streams

    await expect.poll(() => stream?.readBuffer.byteLength).toBe(3000)
    expect(stream?.readBuffer.bufs.length).toBeLessThanOrEqual(64)
  })
})

describe('what is not read of a peer', () => {
  it.each([
    ['that is sent to a stream whose turn it is not', [data(1, new Uint8Array(200_000))]],
    [
      'of a frame that is not whole',
      [muxerFrame({ streamId: 1, length: 250_000 }, new Uint8Array(200_000))]
    ]
  ])('ends its connection at once beyond the bound of all: %s', async (_what, frames) => {
    // What is looked at now and then is not.
    const setInterval = vi.spyOn(globalThis, 'setInterval').mockReturnValue(undefined as never)

    onTestFinished(() => setInterval.mockRestore())

    const { node, point, rejected } = await startBoundedNode({
      store: neverAnswering(),
      pointLimits: { unreadBytes: 100_000 }
    })
    const peer = await connectRawMuxer(point)
    const request = DIALECTS.waku.encodeRequest({
      type: 'discover',
      namespace: Buffer.from('held')
    })

    onTestFinished(peer.stop)
    await expect.poll(() => node.getConnections()).toHaveLength(1)
    peer.send(open(1), data(1, negotiationLines(MULTISTREAM, DIALECTS.waku.protocol)))
    // The next waits for the answer of this one, and what is behind it for that.
    peer.send(data(1, request), data(1, new Uint8Array(40_000)))
    await expect.poll(() => peer.received().length).toBeGreaterThan(0)
    peer.send(...frames)

    await expect.poll(() => peer.hasEnded()).toBe(true)
    expect(rejected).toEqual(['unread-bytes'])
  })
})

describe('what a peer does not read', () => {
  /** A peer that has stopped to read, and a connection that takes no more of what it is sent. */
  async function startBlocked(init: BoundedNodeInit) {
    const { node, point, rejected } = await startBoundedNode(init)
    const peer = await connectRawMuxer(point)

    onTestFinished(peer.stop)
    await expect.poll(() => node.getConnections()).toHaveLength(1)

    const [connection] = node.getConnections() as [OpenMuxer]
    const { maConn } = connection.muxer
    let receivedBytes = 0

    maConn.addEventListener('message', ({ data }) => {
      receivedBytes += data.byteLength
    })

    /** Not before the node has it: beyond its window a peer would be ended for that. */
    async function send(...frames: Uint8Array[]): Promise<void> {
      const expected = receivedBytes + Buffer.concat(frames).byteLength

      peer.send(...frames)

      while (receivedBytes < expected && connection.status === 'open') {
        await nextTurn()
      }
    }

    peer.stopReading()
    await send(
      open(1),
      data(1, negotiationLines(MULTISTREAM, PING_PROTOCOL)),
      muxerFrame({
        type: FRAME.windowUpdate,
        streamId: 1,
        length: ECHOES_MAX * ECHO_BYTES
      })
    )

    for (let sent = 0; !maConn.writableNeedsDrain && sent < ECHOES_MAX; sent++) {
      await send(data(1, new Uint8Array(ECHO_BYTES)))
    }

    expect(connection.status).toBe('open')
    expect(maConn.writableNeedsDrain).toBe(true)

    return { connection, rejected, send }
  }

  it('is bounded, with what many small frames take beyond their bytes', async () => {
    const { connection, rejected, send } = await startBlocked({
      store: neverAnswering(),
      // There is room for an answer beyond it.
      pointLimits: { unsentBytesPerConnection: 100_000 - RESPONSE_FRAME_BYTES_MAX }
    })

    // Each but the first is answered by a reset: 12 bytes, and 240 in memory.
    await send(...Array.from({ length: 500 }, (_, index) => open(3 + 2 * index)))

    expect(connection.status).not.toBe('open')
    expect(rejected).toContain('unsent-bytes')
  })

  it('is bounded over all connections', async () => {
    const { connection, rejected } = await startBlocked({ pointLimits: { unsentBytes: 1000 } })

    await expect.poll(() => connection.status).not.toBe('open')
    expect(rejected).toEqual(['unsent-bytes'])
  })

  it('ends the connection when nothing of it is taken for 5 seconds', async () => {
    const clock = { nowMs: 0 }
    const { connection, rejected } = await startBlocked({ now: () => clock.nowMs })

    await expect
      .poll(() => {
        clock.nowMs += 1000

        return connection.status
      })
      .not.toBe('open')
    expect(rejected).toEqual(['stalled-connection'])
    expect(clock.nowMs).toBeGreaterThan(5000)
  })

  it('is given as long after a minute in which nothing waited', async () => {
    const setInterval = vi.spyOn(globalThis, 'setInterval')

    onTestFinished(() => setInterval.mockRestore())

    const clock = { nowMs: 0 }
    const { node, point, rejected } = await startBoundedNode({ now: () => clock.nowMs })
    const peer = await connectRawMuxer(point)
    const checkDeadlines = () => {
      for (const [check] of setInterval.mock.calls) {
        check()
      }
    }

    onTestFinished(peer.stop)
    await expect.poll(() => node.getConnections()).toHaveLength(1)

    const [connection] = node.getConnections() as [OpenMuxer]
    const { maConn } = connection.muxer as unknown as { maConn: EncryptedConnection }

    checkDeadlines()
    clock.nowMs = 60_000
    // As if the system had no room for a single byte.
    maConn.stream.socket.cork()
    peer.send(ping())
    await expect.poll(() => maConn.stream.socket.writableLength).toBeGreaterThan(0)

    clock.nowMs += 4999
    checkDeadlines()
    expect(rejected).toEqual([])

    clock.nowMs += 2
    checkDeadlines()
    expect(rejected).toEqual(['stalled-connection'])
  })

  it('is all taken by a peer that reads, 16 answers of 1 MiB at a time', async () => {
    const record = new Uint8Array(4096)
    const store = Object.assign(new MemoryStore(), {
      sample: async () => Array.from({ length: 300 }, () => ({ record, ttlSeconds: 20 }))
    })
    const { point, rejected } = await startBoundedNode({ store })
    const peer = await createTestPeer()
    const request = DIALECTS.waku.encodeRequest({
      type: 'discover',
      namespace: Buffer.from('many')
    })

    onTestFinished(peer.stop)

    const streams = await Promise.all(Array.from({ length: 16 }, () => peer.open(point)))
    const answers = await Promise.all(
      streams.map((stream) => {
        stream.send(request)

        return stream.next()
      })
    )

    expect(answers.map((answer) => typeof answer === 'object' && answer.type)).toEqual(
      Array(16).fill('discover')
    )
    expect(rejected).toEqual([])
  })
})

/** A store that leaves a DISCOVER without an answer. */
function neverAnswering(): MemoryStore {
  return Object.assign(new MemoryStore(), { sample: () => new Promise<never>(() => {}) })
}
