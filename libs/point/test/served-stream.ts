import { yamux } from '@chainsafe/libp2p-yamux'
import type { Stream, StreamMuxer } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type AbstractMessageStream, multiaddrConnectionPair } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { type LiveRegistration, Namespace, RendezvousService } from '@rendezvous-cluster/rendezvous'
import {
  DIALECTS,
  type Dialect,
  FrameDecoder,
  RECEIVED_FRAME_BYTES_MAX,
  type ReceivedResponse
} from '@rendezvous-cluster/wire'
import { expect, vi } from 'vitest'
import { fakeStore } from '../../rendezvous/test/fake-store.ts'
import { PointConnection, type PointConnectionInit } from '../src/point-connection.ts'
import { POINT_LIMITS_DEFAULT, type PointLimits } from '../src/point-limits.ts'
import type { PointMetrics } from '../src/point-metrics.ts'
import { EventLoopTurns } from '../src/quotas/event-loop-turns.ts'
import { HeldBytes } from '../src/quotas/held-bytes.ts'
import { PeerBudget } from '../src/quotas/peer-budget.ts'
import { RequestStream } from '../src/request-stream.ts'

const { waku, libp2p } = DIALECTS

export const NAMESPACE = Namespace.fromText('/waku/2/default')

/** A DISCOVER with a limit, by which the store tells one request from another. */
export const discover = (limit = 1): Uint8Array =>
  waku.encodeRequest({ type: 'discover', namespace: NAMESPACE.bytes, limit: BigInt(limit) })

/** For a stream of a dialect that has it. */
export const unregister = (): Uint8Array =>
  libp2p.encodeRequest({ type: 'unregister', namespace: NAMESPACE.bytes })

/** So many registrations of 4 KiB: 256 of them fill an answer. */
export const registrationsOf = (count: number): LiveRegistration[] =>
  Array.from({ length: count }, () => ({ record: new Uint8Array(4096), ttlSeconds: 20 }))

/** How much a peer asks for is not what most tests are about. */
const UNLIMITED: PointLimits = {
  ...POINT_LIMITS_DEFAULT,
  costUnits: { perSecond: 1e9, burst: 1e9 },
  bytesOut: { perSecond: 1e12, burst: 1e12 }
}

/** A connection of a new peer, by default from an IP address for documentation. */
export function connectionOf(
  init: Pick<PointConnectionInit, 'limits' | 'metrics'> &
    Partial<Pick<PointConnectionInit, 'eventLoopTurns'>>,
  remoteAddr = multiaddr('/ip4/192.0.2.1/tcp/4001')
) {
  const abort = vi.fn<(error: Error) => void>()
  const unsent = new HeldBytes(init.limits.unsentBytes)
  const unread = new HeldBytes(init.limits.unreadBytes)
  const state = new PointConnection({
    eventLoopTurns: new EventLoopTurns(),
    ...init,
    connection: {
      remotePeer: peerIdFromString('12D3KooWDFkssAUFH3MgjktxKuDyWADywtk7WdDm3L943y1te4vT'),
      remoteAddr,
      abort
    },
    budget: new PeerBudget(init.limits),
    unsent,
    unread
  })

  return {
    state,
    abort,
    unsentBytes: () => state.unsentBytes,
    unreadBytes: () => unread.total,
    /** As if another stream had them. */
    addUnsent: (bytes: number) => state.addUnsent(bytes)
  }
}

type ServedConnection = ReturnType<typeof connectionOf>

/** Two ends of one yamux stream: real windows, no network. */
async function yamuxStreamPair() {
  const [outbound, inbound] = multiaddrConnectionPair({ delay: 0, capacity: 1000 })
  const factory = yamux({ enableKeepAlive: false })()
  const peerMuxer = factory.createStreamMuxer(outbound)
  const pointMuxer = factory.createStreamMuxer(inbound)
  const [peer, point] = await openThrough(peerMuxer, pointMuxer)

  return {
    peer,
    point: point as AbstractMessageStream & Stream,
    /** Whatever was on its way in either direction has arrived. */
    async roundTrip() {
      await openThrough(pointMuxer, peerMuxer)
      await openThrough(peerMuxer, pointMuxer)
    }
  }
}

type StreamPair = Awaited<ReturnType<typeof yamuxStreamPair>>

async function openThrough(
  from: StreamMuxer,
  to: StreamMuxer
): Promise<[opened: Stream, arrived: Stream]> {
  const arrival = new Promise<Stream>((resolve) => {
    to.addEventListener('stream', ({ detail }) => resolve(detail), { once: true })
  })
  const opened = await from.createStream()

  return [opened, await arrival]
}

/**
 * A stream served by a {@link RequestStream} with a clock of the test and the default limits, but
 * for rates.
 *
 * @param beforeItIsServed - what happens already while libp2p still negotiates
 */
export async function servedStream(
  beforeItIsServed: (pair: StreamPair) => Promise<void> | void = () => {},
  dialect: Dialect = waku,
  init: { limits?: Partial<PointLimits>; connection?: ServedConnection } = {}
) {
  const pair = await yamuxStreamPair()
  const { peer, point, roundTrip } = pair
  const store = fakeStore()
  const metrics = {
    request: vi.fn<PointMetrics['request']>(),
    rejected: vi.fn<PointMetrics['rejected']>(),
    streams: vi.fn<PointMetrics['streams']>()
  }
  const onClose = vi.fn()
  const clock = { nowMs: 0 }
  const limits = { ...UNLIMITED, ...init.limits }
  const connection = init.connection ?? connectionOf({ limits, metrics })
  const requests = new RequestStream({
    stream: point,
    dialect,
    service: new RendezvousService({ store }),
    connection: connection.state,
    limits,
    metrics,
    now: () => clock.nowMs,
    onBusy: () => {},
    onClose
  })
  const frames = new FrameDecoder(RECEIVED_FRAME_BYTES_MAX)
  const answers: ReceivedResponse[] = []
  let receivedBytes = 0

  peer.addEventListener('message', ({ data }) => {
    frames.append(data)

    for (let frame = frames.next(); frame != null; frame = frames.next()) {
      answers.push(dialect.decodeResponse(frame))
    }
  })
  await beforeItIsServed(pair)
  await roundTrip()
  requests.open()
  // After the one under test: the first listener gets what has arrived already.
  point.addEventListener('message', ({ data }) => {
    receivedBytes += data.byteLength
  })

  return {
    peer,
    point,
    store,
    metrics,
    onClose,
    clock,
    connection,
    requests,
    answers,
    roundTrip,
    /** Sends as the peer, and waits until the point has it. */
    async send(bytes: Uint8Array) {
      const expected = receivedBytes + bytes.byteLength

      peer.send(bytes)
      await expect.poll(() => receivedBytes).toBe(expected)
    },
    async expectAnswers(count: number) {
      await expect.poll(() => answers.length, { timeout: 5000 }).toBe(count)
    },
    /** Moves the clock and looks at the deadlines, as the point does now and then. */
    checkAt(nowMs: number) {
      clock.nowMs = nowMs
      requests.checkDeadlines(nowMs)
    },
    async expectReset() {
      await expect.poll(() => peer.status).toBe('reset')
      expect(onClose).toHaveBeenCalledOnce()
    }
  }
}
