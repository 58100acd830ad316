import { DIALECTS } from '@rendezvous-cluster/wire'
import { describe, expect, it, vi } from 'vitest'
import { joined } from '../../rendezvous/test/seal-by-hand.ts'
import { POINT_LIMITS_DEFAULT } from '../src/point-limits.ts'
import { noPointMetrics } from '../src/point-metrics.ts'
import {
  connectionOf,
  discover as discoverOf,
  registrationsOf,
  servedStream,
  unregister
} from './served-stream.ts'

const UNAVAILABLE = { status: 400, statusText: 'unavailable, try again later' }

/** So little flows in that it does not matter how long a test takes. */
const FEW = { perSecond: 1e-6, burst: 3 }

const discover = discoverOf()

/** With a bucket for three requests. */
function streamOfFew(dialect: Parameters<typeof servedStream>[1] = DIALECTS.waku) {
  return servedStream(undefined, dialect, { limits: { costUnits: FEW } })
}

describe('a peer over its rate', () => {
  it('is refused one past the burst, and told so', async () => {
    const { send, expectAnswers, answers, store, metrics } = await streamOfFew()

    await send(joined([discover, discover, discover]))
    await expectAnswers(3)
    await send(discover)
    await expectAnswers(4)

    expect(answers.map(({ status }) => status)).toEqual([0, 0, 0, 400])
    expect(answers.at(-1)).toMatchObject(UNAVAILABLE)
    expect(store.sample).toHaveBeenCalledTimes(3)
    expect(metrics.rejected.mock.calls).toEqual([['peer-rate']])
  })

  it('loses its stream after the third refusal within a second, which is answered', async () => {
    const { send, expectAnswers, expectReset, metrics } = await streamOfFew()

    await send(joined([discover, discover, discover]))
    await expectAnswers(3)
    await send(joined([discover, discover, discover, discover]))
    await expectReset()

    expect(metrics.request).toHaveBeenCalledTimes(6)
    expect(metrics.rejected.mock.calls.flat()).toEqual([
      ...Array(3).fill('peer-rate'),
      'refused-stream'
    ])
  })

  it('keeps its stream when it waits between refusals', async () => {
    const { send, expectAnswers, clock, peer, metrics } = await streamOfFew()

    for (let count = 1; count <= 8; count++) {
      await send(discover)
      await expectAnswers(count)
      clock.nowMs += 501
    }

    expect(peer.status).toBe('open')
    expect(metrics.rejected).toHaveBeenCalledTimes(5)
  })

  it('loses its connection after a hundred refusals within ten seconds, on whatever streams', () => {
    const metrics = { ...noPointMetrics, rejected: vi.fn() }
    const { state, abort } = connectionOf({ limits: POINT_LIMITS_DEFAULT, metrics })

    for (let count = 1; count < 100; count++) {
      state.refused(count * 100)
    }

    expect(abort).not.toHaveBeenCalled()
    state.refused(10_000)

    expect(abort).toHaveBeenCalledOnce()
    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('refused-connection')
  })

  it('is refused an UNREGISTER without a word, and it does nothing', async () => {
    const { send, store, metrics, answers } = await streamOfFew(DIALECTS.libp2p)
    const requests = Array.from({ length: 5 }, unregister)

    await send(joined(requests))
    await expect.poll(() => metrics.request.mock.calls.length).toBe(5)

    expect(metrics.request.mock.calls.map(([{ status }]) => status)).toEqual([
      ...Array(3).fill('OK'),
      ...Array(2).fill('E_UNAVAILABLE')
    ])
    // Of both kinds of record that the dialect carries.
    expect(store.remove).toHaveBeenCalledTimes(6)
    expect(answers).toEqual([])
  })

  it('has to wait after results that cost more than it had', async () => {
    const { send, expectAnswers, answers, store } = await streamOfFew()

    store.sample.mockResolvedValueOnce(registrationsOf(60))
    await send(joined([discoverOf(60), discover]))
    await expectAnswers(2)

    expect(answers.map(({ status }) => status)).toEqual([0, 400])
  })

  it('has to wait after more bytes than it had', async () => {
    const { send, expectAnswers, answers, store } = await servedStream(undefined, undefined, {
      limits: { bytesOut: { perSecond: 1, burst: 100_000 } }
    })

    store.sample.mockResolvedValue(registrationsOf(20))
    await send(joined([discover, discover, discover]))
    await expectAnswers(3)

    expect(answers.map(({ status }) => status)).toEqual([0, 0, 400])
  })

  it('pays five times for what can not be read', async () => {
    const { send, expectReset, connection } = await servedStream(undefined, undefined, {
      limits: { costUnits: { perSecond: 1e-6, burst: 10 } }
    })

    await send(Uint8Array.of(1, 0xff))
    await expectReset()
    const paid = Array.from({ length: 6 }, () => connection.state.pay({ type: 'register' }))

    expect(paid).toEqual([true, true, true, true, true, false])
  })
})

describe('the streams of one connection', () => {
  it('have one answer in the making, and take turns', async () => {
    const one = await servedStream()
    const other = await servedStream(undefined, undefined, { connection: one.connection })
    const first = Promise.withResolvers<ReturnType<typeof registrationsOf>>()

    one.store.sample.mockReturnValueOnce(first.promise)
    await one.send(joined([discover, discover]))
    await other.send(discover)
    const askedMeanwhile = other.store.sample.mock.calls.length

    first.resolve([])
    await Promise.all([one.expectAnswers(2), other.expectAnswers(1)])

    expect(askedMeanwhile).toBe(0)
    expect(one.store.sample.mock.invocationCallOrder[1]).toBeGreaterThan(
      other.store.sample.mock.invocationCallOrder[0] as number
    )
  })

  it('are not held up by one that was reset while it waited', async () => {
    const one = await servedStream()
    const other = await servedStream(undefined, undefined, { connection: one.connection })
    const last = await servedStream(undefined, undefined, { connection: one.connection })
    const first = Promise.withResolvers<ReturnType<typeof registrationsOf>>()

    one.store.sample.mockReturnValueOnce(first.promise)
    await one.send(discover)
    await other.send(discover)
    await last.send(discover)
    other.peer.abort(new Error('changed its mind'))
    await expect.poll(() => other.onClose.mock.calls.length).toBe(1)
    first.resolve([])
    await last.expectAnswers(1)

    expect(other.store.sample).not.toHaveBeenCalled()
  })

  it('do not begin another answer when one was reset while it was answered', async () => {
    const one = await servedStream()
    const other = await servedStream(undefined, undefined, { connection: one.connection })
    const first = Promise.withResolvers<ReturnType<typeof registrationsOf>>()

    one.store.sample.mockReturnValueOnce(first.promise)
    await one.send(discover)
    one.peer.abort(new Error('changed its mind'))
    await expect.poll(() => one.onClose.mock.calls.length).toBe(1)
    await other.send(discover)
    expect(other.store.sample).not.toHaveBeenCalled()

    first.resolve([])
    await other.expectAnswers(1)
  })

  it('are answered E_UNAVAILABLE at the deadline when it is not their turn by then', async () => {
    const one = await servedStream()
    const other = await servedStream(undefined, undefined, { connection: one.connection })

    one.store.sample.mockReturnValueOnce(new Promise(() => {}))
    await one.send(discover)
    await other.send(discover)
    other.checkAt(3001)
    await other.expectAnswers(1)

    expect(other.answers).toMatchObject([UNAVAILABLE])
    expect(other.store.sample).not.toHaveBeenCalled()
  })

  it('begin no answer while more than is allowed waits to be taken, and then go on', async () => {
    const one = await servedStream()
    const other = await servedStream(undefined, undefined, { connection: one.connection })

    one.peer.pause()
    one.store.sample.mockResolvedValue(registrationsOf(400))
    await one.send(discoverOf(1000))
    await expect.poll(() => one.connection.unsentBytes()).toBeGreaterThan(512 * 1024)
    one.connection.addUnsent(1024 * 1024)
    await other.send(discover)
    expect(other.store.sample).not.toHaveBeenCalled()

    one.connection.addUnsent(-1024 * 1024)
    await other.expectAnswers(1)
  })

  it('give up what a peer has not taken when they are reset', async () => {
    const { peer, send, store, connection } = await servedStream()

    peer.pause()
    store.sample.mockResolvedValue(registrationsOf(400))
    await send(discoverOf(1000))
    await expect.poll(() => connection.unsentBytes()).toBeGreaterThan(0)
    peer.abort(new Error('has had enough'))

    await expect.poll(() => connection.unsentBytes()).toBe(0)
  })
})

describe('all connections', () => {
  it('may leave so many bytes untaken, one past that the one with the most is ended', async () => {
    const { peer, send, store, connection, metrics } = await servedStream(undefined, undefined, {
      limits: { unsentBytes: 512 * 1024 }
    })

    peer.pause()
    store.sample.mockResolvedValue(registrationsOf(400))
    await send(discoverOf(1000))

    await expect.poll(() => connection.abort.mock.calls.length).toBe(1)
    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('unsent-bytes')
  })

  it('may send so many bytes ahead of what is read, one past that the one with the most is ended', async () => {
    const { send, store, connection, metrics } = await servedStream(undefined, undefined, {
      limits: { unreadBytes: 10_000 }
    })

    store.sample.mockReturnValue(new Promise(() => {}))
    await send(discover)
    await send(new Uint8Array(10_000))
    expect(connection.unreadBytes()).toBe(10_000)
    expect(connection.abort).not.toHaveBeenCalled()

    await send(new Uint8Array(1))

    expect(connection.abort).toHaveBeenCalledOnce()
    expect(metrics.rejected).toHaveBeenCalledExactlyOnceWith('unread-bytes')
  })

  it('have nothing left to be read once all is answered, or its stream is gone', async () => {
    const { peer, send, expectAnswers, connection } = await servedStream()

    await send(joined([discover, discover, discover.subarray(0, 3)]))
    await expectAnswers(2)
    expect(connection.unreadBytes()).toBe(3)

    peer.abort(new Error('has had enough'))

    await expect.poll(() => connection.unreadBytes()).toBe(0)
  })
})
