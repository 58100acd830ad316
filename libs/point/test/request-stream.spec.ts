import type { ReceivedDiscoverResponse } from '@rendezvous-cluster/wire'
import { describe, expect, it } from 'vitest'
import { joined } from '../../rendezvous/test/seal-by-hand.ts'
import { discover, NAMESPACE, registrationsOf, servedStream } from './served-stream.ts'

/** What yamux lets a peer send ahead. */
const WINDOW_BYTES = 256 * 1024

/** A length above the limit. */
const OVERSIZED = Uint8Array.of(0x81, 0x40)

/** A DISCOVER in a frame of so many bytes, its prefix of two included. */
function discoverOf(frameBytes: number): Uint8Array {
  const message = discover().subarray(1)
  const padding = new Uint8Array(frameBytes - 2 - message.byteLength - 4)
  const length = frameBytes - 2

  return joined([
    Uint8Array.of((length & 0x7f) | 0x80, length >> 7),
    message,
    Uint8Array.of(0x9a, 0x06, (padding.byteLength & 0x7f) | 0x80, padding.byteLength >> 7),
    padding
  ])
}

describe('answers', () => {
  it('come one at a time, in the order of the requests, whatever the store takes', async () => {
    const { send, store, answers, expectAnswers } = await servedStream()
    const first = Promise.withResolvers<ReturnType<typeof registrationsOf>>()

    store.sample.mockReturnValueOnce(first.promise).mockResolvedValueOnce([])
    await send(joined([discover(1), discover(2)]))
    expect(store.sample).toHaveBeenCalledOnce()
    first.resolve(registrationsOf(3))
    await expectAnswers(2)

    expect(store.sample.mock.calls.map(([, limit]) => limit)).toEqual([1, 2])
    expect(answers).toMatchObject([{ registrations: { length: 3 } }, { registrations: [] }])
  })

  it('are counted with their status, time and results', async () => {
    const { send, store, clock, metrics, expectAnswers } = await servedStream()
    const found = Promise.withResolvers<ReturnType<typeof registrationsOf>>()

    store.sample.mockReturnValueOnce(found.promise)
    await send(discover())
    clock.nowMs = 250
    found.resolve(registrationsOf(2))
    await expectAnswers(1)

    expect(metrics.request.mock.calls).toEqual([
      [{ protocol: 'waku', type: 'discover', status: 'OK', seconds: 0.25, results: 2 }]
    ])
  })

  it('are counted with as many results as were sent, of more than an answer holds', async () => {
    const { send, store, metrics, answers, expectAnswers } = await servedStream()

    store.sample.mockResolvedValueOnce(registrationsOf(300))
    await send(discover(300))
    await expectAnswers(1)

    const [answer] = answers as [ReceivedDiscoverResponse]

    expect(answer.registrations.length).toBeLessThan(300)
    expect(metrics.request.mock.lastCall?.[0].results).toBe(answer.registrations.length)
  })

  it('a stream tells whether it is answering', async () => {
    const { send, store, requests, expectAnswers } = await servedStream()
    const found = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(found.promise)
    expect(requests.isAnswering).toBe(false)
    await send(discover())
    expect(requests.isAnswering).toBe(true)
    found.resolve([])
    await expectAnswers(1)

    expect(requests.isAnswering).toBe(false)
  })

  it('ask for the namespace and nothing of the peer', async () => {
    const { send, store, expectAnswers } = await servedStream()

    await send(discover(7))
    await expectAnswers(1)

    expect(store.sample.mock.lastCall).toEqual([
      { kind: 'peer-record', namespace: NAMESPACE },
      7,
      { isSpread: false }
    ])
  })
})

describe('the end of a stream', () => {
  it('a request in the very frame that ends the stream is answered, then the stream closes', async () => {
    const { peer, point, answers, expectAnswers, onClose } = await servedStream()

    // As yamux does with a data frame that carries FIN: the flag first.
    point.onRemoteCloseWrite()
    point.onData(discover())
    await expectAnswers(1)
    await peer.close()

    await expect.poll(() => peer.status).toBe('closed')
    expect(answers).toMatchObject([{ status: 0 }])
    expect(onClose).toHaveBeenCalledOnce()
  })

  it('during an answer: the answer and those behind it are sent, then the stream closes', async () => {
    const { peer, point, send, store, expectAnswers, onClose, metrics } = await servedStream()
    const found = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(found.promise)
    await send(joined([discover(), discover(), discover()]))
    await peer.close()
    await expect.poll(() => point.remoteWriteStatus).toBe('closed')
    found.resolve([])
    await expectAnswers(3)

    await expect.poll(() => onClose.mock.calls.length).toBe(1)
    expect(peer.status).toBe('closed')
    expect(metrics.rejected).not.toHaveBeenCalled()
  })

  it('inside a frame: the stream is reset', async () => {
    const { peer, send, metrics, expectReset } = await servedStream()

    await send(discover().subarray(0, -1))
    peer.close().catch(() => {})

    await expectReset()
    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('malformed')
  })

  it('a malformed frame behind a request, at the end of the stream, is counted once', async () => {
    const { peer, point, send, store, metrics, expectReset, answers } = await servedStream()
    const found = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(found.promise)
    await send(joined([discover(), OVERSIZED]))
    peer.close().catch(() => {})
    await expect.poll(() => point.remoteWriteStatus).toBe('closed')
    found.resolve([])
    await expectReset()

    expect(answers).toHaveLength(1)
    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('malformed')
  })

  it('a reset during an answer ends it: nothing is sent and nothing counted', async () => {
    const { peer, send, store, onClose, metrics } = await servedStream()
    const found = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(found.promise)
    await send(discover())
    peer.abort(new Error('no longer wanted'))
    await expect.poll(() => onClose.mock.calls.length).toBe(1)
    found.resolve([])
    await new Promise((resolve) => setImmediate(resolve))

    expect(metrics.request).not.toHaveBeenCalled()
    expect(metrics.rejected).not.toHaveBeenCalled()
  })
})

describe('bounds', () => {
  it('ten thousand messages are answered, the next one resets the stream', async () => {
    const { send, answers, metrics, expectAnswers, expectReset } = await servedStream()

    await send(new Uint8Array(10_000))
    await expectAnswers(10_000)
    expect(metrics.rejected).not.toHaveBeenCalled()
    await send(new Uint8Array(1))

    await expectReset()
    expect(answers).toHaveLength(10_000)
    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('messages-per-stream')
  })

  it('beyond 32 KiB read ahead the stream pauses, and goes on once they are answered', async () => {
    const { peer, point, send, store, expectAnswers } = await servedStream()
    const found = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(found.promise)
    await send(discover())

    for (let count = 0; count < 4; count++) {
      await send(discoverOf(8192))
    }

    expect(point.readStatus).toBe('readable')
    await send(Uint8Array.of(0))
    expect(point.readStatus).toBe('paused')

    // These wait in the muxer, and hold up the peer once its window is full.
    peer.send(joined(Array.from({ length: 50 }, () => discover())))
    await expect.poll(() => point.readBufferLength).toBe(50 * discover().byteLength)
    found.resolve([])
    await expectAnswers(1 + 4 + 1 + 50)

    expect(point.readStatus).toBe('readable')
  })

  it('a stream that pauses again while it resumes still holds up the peer', async () => {
    const { peer, point, send, store, expectAnswers, roundTrip } = await servedStream()
    const found = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(found.promise)
    await send(joined(Array.from({ length: 6 }, () => discoverOf(8192))))
    expect(point.readStatus).toBe('paused')
    peer.send(joined(Array.from({ length: 250 }, () => discoverOf(8192))))
    await expect.poll(() => point.readBufferLength).toBeGreaterThan(200_000)

    // What waited is handed out at once when the stream resumes, and is too much again.
    for (let count = 0; count < 5; count++) {
      store.sample.mockResolvedValueOnce([])
    }

    store.sample.mockReturnValue(new Promise(() => {}))
    found.resolve([])
    await expectAnswers(6)

    for (let turn = 0; turn < 100; turn++) {
      await roundTrip()
    }

    expect(point.readStatus).toBe('paused')
    expect(point.readBufferLength).toBeLessThanOrEqual(WINDOW_BYTES)
    expect(peer.writeBufferLength).toBeGreaterThan(0)
  })

  it('a paused stream whose peer has no more to say is answered to the end', async () => {
    const { peer, point, send, store, expectAnswers, onClose } = await servedStream()
    const found = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(found.promise)
    await send(joined(Array.from({ length: 6 }, () => discoverOf(8192))))
    expect(point.readStatus).toBe('paused')
    peer.send(discover())
    await peer.close()
    await expect.poll(() => point.remoteWriteStatus).toBe('closed')
    found.resolve([])
    await expectAnswers(7)

    await expect.poll(() => onClose.mock.calls.length).toBe(1)
    expect(peer.status).toBe('closed')
  })
})

describe('a stream that has ended before it is served', () => {
  it('by a half-close is closed', async () => {
    const { point, onClose } = await servedStream(({ peer }) => peer.close())

    await expect.poll(() => point.status).toBe('closed')
    expect(onClose).toHaveBeenCalledOnce()
  })

  it('by a request and a half-close is answered and closed', async () => {
    const { point, expectAnswers } = await servedStream(async ({ peer }) => {
      peer.send(discover())
      await peer.close()
    })

    await expectAnswers(1)
    await expect.poll(() => point.status).toBe('closed')
  })

  it('by a request and a half-close along with its negotiation is answered and closed', async () => {
    const { point, expectAnswers } = await servedStream(async ({ peer, point, roundTrip }) => {
      await peer.close()
      await roundTrip()
      // The negotiation read too far, and puts back what is not its own.
      point.push(discover())
    })

    await expectAnswers(1)
    await expect.poll(() => point.status).toBe('closed')
  })

  it('by a reset is forgotten at once', async () => {
    const { onClose, metrics } = await servedStream(({ peer }) => peer.abort(new Error('gone')))

    expect(onClose).toHaveBeenCalledOnce()
    expect(metrics.rejected).not.toHaveBeenCalled()
  })
})

describe('a peer that sends many requests at once', () => {
  it('gets all its answers, and the end of the stream, when it half-closes behind them', async () => {
    const count = 5000
    const { peer, point, expectAnswers } = await servedStream()

    peer.send(joined(Array.from({ length: count }, () => discover())))
    await peer.close()

    await expectAnswers(count)
    await expect.poll(() => point.status).toBe('closed')
  })

  it('lets others have their turn in between', async () => {
    const { send, answers, expectAnswers } = await servedStream()
    let turns = 0
    const turning = setInterval(() => turns++, 0)

    await send(joined(Array.from({ length: 1000 }, () => discover())))
    await expectAnswers(1000)
    clearInterval(turning)

    expect(answers).toHaveLength(1000)
    expect(turns).toBeGreaterThan(10)
  })
})
