import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { beforeEach, describe, expect, it } from 'vitest'
import { RequestWatch } from './request-watch.ts'

const PROTOCOL = '/rendezvous/1.0.0'

describe('the watch over requests', () => {
  let nowMs: number
  let ended: string[]
  let watch: RequestWatch
  let connection: Connection
  let stream: Stream
  /** What opening a stream comes to. */
  let opened: () => Promise<Stream>

  beforeEach(() => {
    nowMs = 0
    ended = []
    watch = new RequestWatch({
      protocols: [PROTOCOL],
      unansweredAfterMs: 4000,
      onEnd: (outcome, tookMs) => ended.push(`${outcome} after ${tookMs}`),
      now: () => nowMs
    })
    stream = Object.assign(new EventTarget(), { send: () => true }) as unknown as Stream
    opened = async () => stream
    connection = { newStream: () => opened() } as unknown as Connection

    const node = new EventTarget()

    watch.watch(node as unknown as Libp2p)
    node.dispatchEvent(new CustomEvent('connection:open', { detail: connection }))
  })

  async function request(protocol = PROTOCOL): Promise<void> {
    const opened = await connection.newStream(protocol)

    opened.send(new Uint8Array())
  }

  const happens = (name: string): boolean => stream.dispatchEvent(new Event(name))

  it('tells of an answer once, whatever becomes of the stream', async () => {
    await request()
    nowMs = 20
    happens('message')
    happens('end')
    happens('close')

    expect(ended).toEqual(['answered after 20'])
  })

  it('tells of a stream that ends without an answer', async () => {
    await request()
    happens('close')

    expect(ended).toEqual(['closed after 0'])
  })

  it('tells of a stream that cannot be opened', async () => {
    opened = async () => {
      throw new Error('the connection is closed')
    }

    await expect(connection.newStream(PROTOCOL)).rejects.toThrow('the connection is closed')
    expect(ended).toEqual(['closed after 0'])
  })

  it('tells once of a request that waits for too long, and not before', async () => {
    await request()
    nowMs = 4000
    watch.check()

    expect(ended).toEqual([])

    nowMs = 4001
    watch.check()
    watch.check()
    happens('message')

    expect(ended).toEqual(['unanswered after 4001'])
  })

  it('takes an answer that comes too late for none', async () => {
    await request()
    nowMs = 4001
    happens('message')

    expect(ended).toEqual(['unanswered after 4001'])
  })

  it('counts the time that opening the stream took, and not what it stood idle', async () => {
    opened = async () => {
      nowMs += 3000

      return stream
    }

    const { send } = await connection.newStream(PROTOCOL)

    nowMs += 60_000
    watch.check()
    send(new Uint8Array())
    nowMs += 900
    happens('message')

    expect(ended).toEqual(['answered after 3900'])
  })

  it('tells once of a stream that is too long in opening', async () => {
    opened = async () => {
      nowMs += 4001
      watch.check()

      return stream
    }
    await request()
    happens('message')

    expect(ended).toEqual(['unanswered after 4001'])
  })

  it('leaves other protocols alone', async () => {
    await request('/ipfs/id/1.0.0')
    happens('message')

    expect(ended).toEqual([])
  })
})
