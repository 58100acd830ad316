import { DIALECTS } from '@rendezvous-cluster/wire'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  connectRawMuxer,
  FLAG,
  FRAME,
  muxerFrame,
  negotiationLines
} from '../../../../test/support/raw-muxer-peer.ts'
import { startBoundedNode } from './bounded-node.ts'

const MULTISTREAM = '/multistream/1.0.0'
const { protocol, encodeRequest } = DIALECTS.waku

describe('the protocol of a stream', () => {
  /** A stream that is open, and what comes back on it. */
  async function openStream() {
    const { point, rejected } = await startBoundedNode()
    const peer = await connectRawMuxer(point)
    const received = () => peer.received().filter(({ streamId }) => streamId === 1)

    onTestFinished(peer.stop)
    peer.send(muxerFrame({ type: FRAME.windowUpdate, flag: FLAG.syn, streamId: 1 }))

    return {
      rejected,
      send: (bytes: Uint8Array, flag: number = FLAG.none) =>
        peer.send(muxerFrame({ streamId: 1, flag }, bytes)),
      answer: () => Buffer.concat(received().map(({ data }) => data)).toString('latin1'),
      flags: () => received().reduce((flags, { flag }) => flags | flag, 0)
    }
  }

  const text = (...lines: string[]) => Buffer.from(negotiationLines(...lines)).toString('latin1')

  it('is agreed however the bytes are cut', async () => {
    const { send, answer, rejected } = await openStream()

    for (const byte of negotiationLines(MULTISTREAM, protocol)) {
      send(Uint8Array.of(byte))
    }

    await expect.poll(answer).toBe(text(MULTISTREAM, protocol))
    expect(rejected).toEqual([])
  })

  it('is agreed after others that are not served', async () => {
    const { send, answer, rejected } = await openStream()

    send(negotiationLines(MULTISTREAM, '/none', 'ls', protocol))

    await expect.poll(answer).toBe(text(MULTISTREAM, 'na', 'na', protocol))
    expect(rejected).toEqual([])
  })

  it.each([FLAG.none, FLAG.fin])(
    'is followed by a request that came along, with flag %i',
    async (flag) => {
      const { send, answer } = await openStream()
      const request = encodeRequest({ type: 'discover', namespace: Buffer.from('early') })

      send(Buffer.concat([negotiationLines(MULTISTREAM, protocol), request]), flag)

      await expect.poll(() => answer().length).toBeGreaterThan(text(MULTISTREAM, protocol).length)
      expect(answer()).toMatch(text(MULTISTREAM, protocol))
    }
  )

  it('is left open in order by a peer that gives up', async () => {
    const { send, answer, flags, rejected } = await openStream()

    send(negotiationLines(MULTISTREAM, '/none'), FLAG.fin)

    await expect.poll(() => flags() & FLAG.fin).toBe(FLAG.fin)
    expect(answer()).toBe(text(MULTISTREAM, 'na'))
    expect(flags() & FLAG.rst).toBe(0)
    expect(rejected).toEqual([])
  })
})
