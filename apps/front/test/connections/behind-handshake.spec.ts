import { once } from 'node:events'
import { WatchList } from '@rendezvous-cluster/point'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  connectRawMuxer,
  FLAG,
  FRAME,
  muxerFrame,
  negotiationLines
} from '../../../../test/support/raw-muxer-peer.ts'
import { startBoundedNode } from './bounded-node.ts'
import { holdHandshake } from './held-handshake.ts'

const MULTISTREAM = '/multistream/1.0.0'
const MUXER = '/yamux/1.0.0'

/** As long as a message of noise says, and none. */
const GARBAGE = Buffer.concat([Uint8Array.of(0, 16), Buffer.alloc(16)])

const ACK = 2

/** How many are looked at now and then, of whatever it is. */
function watchList(): () => number {
  const add = vi.spyOn(WatchList.prototype, 'add')

  onTestFinished(() => add.mockRestore())

  return () => {
    const lists = new Set(add.mock.contexts as WatchList<unknown>[])

    return [...lists].reduce((sum, { size }) => sum + size, 0)
  }
}

describe('a connection', () => {
  it('is watched while it is open', async () => {
    const watched = watchList()
    const { point } = await startBoundedNode()
    const peer = await connectRawMuxer(point)

    await expect.poll(watched).toBe(1)
    await peer.stop()
    await expect.poll(watched).toBe(0)
  })

  it('is not watched where garbage comes along with the end of its handshake', async () => {
    const watched = watchList()
    const { node, point } = await startBoundedNode()
    const { connection, hold, release } = await holdHandshake(point, { muxer: MUXER })

    hold(GARBAGE)
    release()
    await expect.poll(() => connection.status).not.toBe('open')

    expect(watched()).toBe(0)
    expect(node.getConnections()).toEqual([])
  })

  it('is not watched where garbage comes along with the name of its muxer', async () => {
    const watched = watchList()
    const { node, point } = await startBoundedNode()
    const { connection, encrypted, hold, release } = await holdHandshake(point)
    const answered = once(encrypted, 'message')

    encrypted.send(negotiationLines(MULTISTREAM))
    release()
    await answered
    encrypted.send(negotiationLines(MUXER))
    hold(GARBAGE)
    release()
    await expect.poll(() => connection.status).not.toBe('open')

    expect(watched()).toBe(0)
    expect(node.getConnections()).toEqual([])
  })

  it('loses nothing of 40 KiB that come along with the end of its handshake', async () => {
    const { point, rejected } = await startBoundedNode()
    const { encrypted, release } = await holdHandshake(point)
    const received: Uint8Array[] = []
    const update = muxerFrame({ type: FRAME.windowUpdate, streamId: 1 })
    const ping = muxerFrame({ type: FRAME.ping, flag: FLAG.syn, length: 7 })
    const pong = Buffer.from(muxerFrame({ type: FRAME.ping, flag: ACK, length: 7 }))

    encrypted.addEventListener('message', ({ data }) => received.push(data.slice()))
    encrypted.send(
      Buffer.concat([
        negotiationLines(MULTISTREAM, MUXER),
        ...Array.from({ length: 3400 }, () => update),
        ping
      ])
    )
    release()

    await expect.poll(() => Buffer.concat(received).includes(pong)).toBe(true)
    expect(rejected).toEqual(['handshake-bytes'])
  })
})
