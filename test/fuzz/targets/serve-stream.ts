import type { Stream } from '@libp2p/interface'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { POINT_LIMITS_DEFAULT, type RejectReason } from '@rendezvous-cluster/point'
import { type RegistrationStore, RendezvousService } from '@rendezvous-cluster/rendezvous'
import type { Dialect } from '@rendezvous-cluster/wire'
import { decode as decodeMultihash } from 'multiformats/hashes/digest'
import { PointConnection } from '../../../libs/point/dist/point-connection.js'
import { EventLoopTurns } from '../../../libs/point/dist/quotas/event-loop-turns.js'
import { HeldBytes } from '../../../libs/point/dist/quotas/held-bytes.js'
import { PeerBudget } from '../../../libs/point/dist/quotas/peer-budget.js'
import { RequestStream } from '../../../libs/point/dist/request-stream.js'
import type { StreamPairs } from './stream-pairs.ts'

/** Few, so that streams beyond are short. */
export const MESSAGES_PER_STREAM = 64

/** How much a peer asks for is not what is looked for here. */
const LIMITS = {
  ...POINT_LIMITS_DEFAULT,
  messagesPerStream: MESSAGES_PER_STREAM,
  costUnits: { perSecond: 1e9, burst: 1e9 },
  bytesOut: { perSecond: 1e12, burst: 1e12 }
}

export interface ServedStream {
  /** All bytes that the peer was sent. */
  received: Uint8Array
  /** How many requests were handled, those without an answer too. */
  handled: number
  rejected: RejectReason[]
  /** What the service could not answer for, through no fault of the peer. */
  errors: unknown[]
  /** How the stream ended for the peer. */
  status: Stream['status']
}

export interface ServeStreamInit {
  pairs: StreamPairs
  dialect: Dialect
  store: RegistrationStore
  peerId: Uint8Array
  /** What the peer sends before it ends its side. */
  chunks: readonly Uint8Array[]
}

/** Serves one stream of a peer to its end. Its clock stands still: no deadline passes. */
export async function serveStream(init: ServeStreamInit): Promise<ServedStream> {
  const { pairs, dialect, store, peerId, chunks } = init
  const { peer, point } = await pairs.open()
  const served: Omit<ServedStream, 'received' | 'status'> = { handled: 0, rejected: [], errors: [] }
  const received: Uint8Array[] = []
  const isOver = Promise.withResolvers<void>()
  const hasEnded = Promise.withResolvers<void>()
  const metrics = {
    request: () => void served.handled++,
    rejected: (reason: RejectReason) => void served.rejected.push(reason),
    streams: () => {}
  }
  const requests = new RequestStream({
    stream: point,
    dialect,
    service: new RendezvousService({ store, onError: (error) => void served.errors.push(error) }),
    connection: new PointConnection({
      connection: {
        remotePeer: peerIdFromMultihash(decodeMultihash(peerId)),
        remoteAddr: multiaddr('/ip4/192.0.2.1/tcp/4001'),
        abort: (error) => void served.errors.push(error)
      },
      limits: LIMITS,
      metrics,
      budget: new PeerBudget(LIMITS),
      unsent: new HeldBytes(LIMITS.unsentBytes),
      unread: new HeldBytes(LIMITS.unreadBytes),
      eventLoopTurns: new EventLoopTurns()
    }),
    limits: LIMITS,
    metrics,
    now: () => 0,
    onBusy: () => {},
    onClose: () => isOver.resolve()
  })

  peer.addEventListener('message', ({ data }) => void received.push(data.subarray()))
  peer.addEventListener('close', () => hasEnded.resolve())
  requests.open()
  await send(peer, chunks)
  await Promise.all([isOver.promise, hasEnded.promise])

  return { ...served, received: new Uint8Array(Buffer.concat(received)), status: peer.status }
}

/** Until the point resets the stream, after which nothing can be sent. */
async function send(peer: Stream, chunks: readonly Uint8Array[]): Promise<void> {
  for (const chunk of chunks) {
    if (peer.writeStatus !== 'writable') {
      return
    }

    peer.send(chunk)
    await new Promise(setImmediate)
  }

  await peer.close().catch(() => {
    // Reset in this moment: then it is closed.
  })
}
