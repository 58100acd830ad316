import { UnavailableError } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { describe, expect, it } from 'vitest'
import { discover, NAMESPACE, registrationsOf, servedStream, unregister } from './served-stream.ts'

describe('a peer that owes a request', () => {
  it('a stream that stays silent is reset after ten seconds', async () => {
    const { checkAt, metrics, expectReset } = await servedStream()

    checkAt(10_000)
    expect(metrics.rejected).not.toHaveBeenCalled()
    checkAt(10_001)

    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('slow-frame')
    await expectReset()
  })

  it('a frame has ten seconds from its first byte, however its bytes trickle in', async () => {
    const { send, clock, checkAt, metrics, expectReset } = await servedStream()
    const bytes = discover()

    for (let second = 5; second <= 15; second++) {
      clock.nowMs = second * 1000
      await send(bytes.subarray(second - 5, second - 4))
      checkAt(clock.nowMs)
    }

    expect(metrics.rejected).not.toHaveBeenCalled()
    checkAt(15_001)

    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('slow-frame')
    await expectReset()
  })

  it('a later frame that was begun has ten seconds, not those of an idle stream', async () => {
    const { send, clock, checkAt, metrics, expectAnswers, expectReset } = await servedStream()

    await send(discover())
    await expectAnswers(1)
    clock.nowMs = 60_000
    await send(discover().subarray(0, 3))
    checkAt(70_000)
    expect(metrics.rejected).not.toHaveBeenCalled()
    checkAt(70_001)

    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('slow-frame')
    await expectReset()
  })

  it('a frame begun during an answer has ten seconds from the answer', async () => {
    const { send, store, clock, checkAt, metrics, expectAnswers } = await servedStream()
    const found = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(found.promise)
    await send(discover())
    await send(discover().subarray(0, 3))
    clock.nowMs = 2000
    found.resolve([])
    await expectAnswers(1)
    checkAt(12_000)
    expect(metrics.rejected).not.toHaveBeenCalled()
    checkAt(12_001)

    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('slow-frame')
  })

  it('between requests a stream may be idle for 150 seconds, each time anew', async () => {
    const { send, clock, checkAt, metrics, expectAnswers, expectReset } = await servedStream()

    await send(discover())
    await expectAnswers(1)
    checkAt(150_000)
    clock.nowMs = 150_000
    await send(discover())
    await expectAnswers(2)
    checkAt(300_000)
    expect(metrics.rejected).not.toHaveBeenCalled()
    checkAt(300_001)

    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('idle-stream')
    await expectReset()
  })
})

describe('a store that is slow', () => {
  it('a request is answered 400 after three seconds, and its late answer is dropped', async () => {
    const { send, store, clock, checkAt, answers, metrics, expectAnswers } = await servedStream()
    const late = Promise.withResolvers<ReturnType<typeof registrationsOf>>()

    store.sample.mockReturnValueOnce(late.promise)
    clock.nowMs = 500
    await send(discover())
    checkAt(3500)
    expect(metrics.request).not.toHaveBeenCalled()
    checkAt(3501)
    await expectAnswers(1)
    late.resolve(registrationsOf(1))
    await send(discover())
    await expectAnswers(2)

    expect(answers).toEqual([
      {
        type: 'discover',
        status: 400,
        statusText: 'unavailable, try again later',
        registrations: []
      },
      { type: 'discover', status: 0, statusText: '', registrations: [] }
    ])
    expect(metrics.rejected).not.toHaveBeenCalled()
    expect(metrics.request.mock.calls[0]).toEqual([
      { protocol: 'waku', type: 'discover', status: 'E_UNAVAILABLE', seconds: 3.001, results: 0 }
    ])
  })

  it('an UNREGISTER, which has no answer, is given up and counted as what it was', async () => {
    const { send, store, checkAt, answers, metrics, expectAnswers } = await servedStream(
      undefined,
      DIALECTS.libp2p
    )

    store.remove.mockReturnValue(new Promise(() => {}))
    await send(unregister())
    checkAt(3001)
    store.remove.mockRejectedValue(new UnavailableError())
    await send(unregister())
    store.remove.mockResolvedValue(true)
    await send(unregister())
    await send(DIALECTS.libp2p.encodeRequest({ type: 'discover', namespace: NAMESPACE.bytes }))
    await expectAnswers(1)

    expect(answers).toMatchObject([{ type: 'discover', status: 0 }])
    expect(metrics.request.mock.calls.map(([{ type, status }]) => [type, status])).toEqual([
      ['unregister', 'E_UNAVAILABLE'],
      ['unregister', 'E_UNAVAILABLE'],
      ['unregister', 'OK'],
      ['discover', 'OK']
    ])
  })

  it('a late answer is not taken for that of the request being answered then', async () => {
    const { send, store, checkAt, answers, expectAnswers } = await servedStream()
    const late = Promise.withResolvers<ReturnType<typeof registrationsOf>>()
    const second = Promise.withResolvers<[]>()

    store.sample.mockReturnValueOnce(late.promise).mockReturnValueOnce(second.promise)
    await send(discover())
    await send(discover())
    checkAt(3001)
    late.resolve(registrationsOf(1))
    await expectAnswers(1)
    second.resolve([])
    await expectAnswers(2)

    expect(answers[1]).toMatchObject({ status: 0, registrations: [] })
  })

  it('a request that has waited for its turn may take what is left of its three seconds', async () => {
    const first = await servedStream()
    const { connection } = first
    const second = await servedStream(undefined, DIALECTS.libp2p, { connection })
    const held = Promise.withResolvers<[]>()

    first.store.sample.mockReturnValueOnce(held.promise)
    await first.send(discover())
    second.clock.nowMs = 500
    await second.send(unregister())
    second.clock.nowMs = 2000
    held.resolve([])
    await expect.poll(() => second.store.remove.mock.calls).not.toEqual([])

    expect(second.store.remove.mock.calls[0]?.[1]).toEqual({ withinMs: 1500 })
  })

  it('a peer that waits for its answer is not slow itself', async () => {
    const { send, store, checkAt, metrics, requests } = await servedStream()

    store.sample.mockReturnValue(new Promise(() => {}))
    await send(discover())
    await send(discover())
    checkAt(3001)
    checkAt(6002)

    expect(requests.isAnswering).toBe(false)
    expect(metrics.rejected).not.toHaveBeenCalled()
  })
})

describe('a peer that does not take its answer', () => {
  /** An answer of a mebibyte, of which the peer's window takes a quarter. */
  async function stalledStream() {
    const served = await servedStream()
    const { peer, point, store, send } = served

    store.sample.mockResolvedValueOnce(registrationsOf(250))
    peer.pause()
    await send(discover())
    await expect.poll(() => point.writeBufferLength).toBeGreaterThan(700_000)

    return {
      ...served,
      /** The peer takes as much as its window holds, and then stops again. */
      async takeSome() {
        const before = point.writeBufferLength

        peer.resume()
        peer.pause()
        await expect.poll(() => point.writeBufferLength).toBeLessThan(before)
      }
    }
  }

  it('its stream is reset after five seconds without progress', async () => {
    const { checkAt, requests, metrics, expectReset } = await stalledStream()

    expect(requests.isAnswering).toBe(true)
    checkAt(5000)
    expect(metrics.rejected).not.toHaveBeenCalled()
    checkAt(5001)

    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('stalled-write')
    await expectReset()
  })

  it('while it makes progress it has five more seconds each time', async () => {
    const { checkAt, takeSome, metrics } = await stalledStream()

    checkAt(4000)
    await takeSome()
    checkAt(5000)
    checkAt(10_000)
    expect(metrics.rejected).not.toHaveBeenCalled()
    checkAt(10_001)

    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('stalled-write')
  })

  it('once it takes all, the answer is whole and the next request is answered', async () => {
    const { checkAt, peer, send, answers, requests, expectAnswers, metrics } = await stalledStream()

    await send(discover())
    checkAt(4000)
    peer.resume()
    await expectAnswers(2)
    checkAt(9001)

    expect(answers[0]).toMatchObject({ status: 0, registrations: { length: 250 } })
    expect(answers[1]).toMatchObject({ status: 0, registrations: [] })
    expect(requests.isAnswering).toBe(false)
    expect(metrics.rejected).not.toHaveBeenCalled()
  })
})
