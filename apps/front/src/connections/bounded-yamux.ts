import { yamux } from '@chainsafe/libp2p-yamux'
import type { MultiaddrConnection, StreamMuxerFactory } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import {
  type EventLoopTurns,
  type PointLimits,
  type RejectReason,
  WatchList
} from '@rendezvous-cluster/point'
import {
  BoundedMuxer,
  type BoundedMuxerInit,
  type EncryptedConnection,
  type MuxerLimits,
  type YamuxMuxer
} from './bounded-muxer.ts'
import { readInTurns } from './reading-turns.ts'

/** @see https://github.com/libp2p/specs/blob/master/yamux/README.md */
export const MUXER = '/yamux/1.0.0'

/** How often deadlines are looked at, in milliseconds; they are kept to within this much. */
const CHECK_MS = 500

/** How often connections are looked at for which nothing waits: others are known, and that takes little. */
const QUIET_CHECK_MS = 10_000

/** How much more than is allowed may wait before it is counted, as a part of that. */
const UNREAD_OVERSHOOT_MAX = 1 / 8

export interface BoundedYamuxInit
  extends Omit<BoundedMuxerInit, 'protocols' | 'onBusy' | 'onArrived'> {
  limits: MuxerLimits & Pick<PointLimits, 'unsentBytes' | 'unreadBytes'>
  /** In which connections are read that send much. */
  turns: EventLoopTurns
  /** The network that a connection comes from. */
  networkOf: (connection: Pick<MultiaddrConnection, 'remoteAddr'>) => string | undefined
}

export interface BoundedYamuxComponents {
  registrar: Registrar
}

/** yamux, with every connection's muxer held to bounds. */
export class BoundedYamux {
  readonly #init: BoundedYamuxInit
  readonly #muxers = new WatchList<BoundedMuxer>(QUIET_CHECK_MS / CHECK_MS)
  /** When it was counted last, and what has come since, whether it waits or not. */
  #unread = { bytes: 0, arrivedSince: 0 }
  #timer?: ReturnType<typeof setInterval>

  constructor(init: BoundedYamuxInit) {
    this.#init = init
  }

  /** For the stream muxers of a node. */
  readonly factory = (components: BoundedYamuxComponents): StreamMuxerFactory => {
    const { streamsPerConnection } = this.#init.limits
    const factory = yamux({
      enableKeepAlive: false,
      maxInboundStreams: streamsPerConnection,
      maxEarlyStreams: streamsPerConnection
    })()
    const createStreamMuxer = factory.createStreamMuxer.bind(factory)

    return Object.assign(factory, {
      createStreamMuxer: (connection: EncryptedConnection) => {
        const { turns, networkOf } = this.#init

        // What came right behind the handshake may have ended it, and nothing would tell of that again.
        if (connection.status !== 'open') {
          throw new Error('the connection has ended in its handshake')
        }

        readInTurns(connection, turns, networkOf(connection.stream) ?? '')

        const muxer = createStreamMuxer(connection)
        const bounded = new BoundedMuxer(muxer as unknown as YamuxMuxer, connection, {
          ...this.#init,
          protocols: () => components.registrar.getProtocols(),
          onBusy: () => this.#muxers.becomesBusy(bounded),
          onArrived: (bytes) => this.#onArrived(bytes)
        })

        this.#muxers.add(bounded)
        connection.addEventListener('close', () => this.#muxers.delete(bounded))

        return muxer
      }
    })
  }

  start(): void {
    this.#timer = setInterval(() => this.#check(), CHECK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #check(): void {
    const { now, limits } = this.#init
    const nowMs = now()

    this.#muxers.look((muxer) => {
      muxer.checkDeadlines(nowMs)

      return !muxer.isQuiet
    })

    this.#endBiggest('unsent-bytes', limits.unsentBytes, ({ unsentBytes }) => unsentBytes)
    this.#checkUnread()
  }

  /** Counting takes a look at every busy connection, so it is done as seldom as the bound allows. */
  #onArrived(bytes: number): void {
    const { unreadBytes } = this.#init.limits
    const { bytes: counted, arrivedSince } = this.#unread
    const arrived = arrivedSince + bytes

    this.#unread.arrivedSince = arrived

    if (counted + arrived > unreadBytes && arrived > unreadBytes * UNREAD_OVERSHOOT_MAX) {
      this.#unread.arrivedSince = 0
      // Not while a connection that may be ended hands on what it has.
      queueMicrotask(() => this.#checkUnread())
    }
  }

  #checkUnread(): void {
    const bytesOf = ({ unreadBytes }: BoundedMuxer) => unreadBytes

    this.#unread = {
      bytes: this.#endBiggest('unread-bytes', this.#init.limits.unreadBytes, bytesOf),
      arrivedSince: 0
    }
  }

  /**
   * Ends the connections that hold most, until no more than so many bytes are held.
   *
   * @returns how many are held then
   */
  #endBiggest(
    reason: RejectReason,
    bytesMax: number,
    bytesOf: (muxer: BoundedMuxer) => number
  ): number {
    let held = 0

    for (const muxer of this.#muxers.busy) {
      held += bytesOf(muxer)
    }

    if (held <= bytesMax) {
      return held
    }

    const biggest = [...this.#muxers.busy]
      .map((muxer) => ({ muxer, bytes: bytesOf(muxer) }))
      .sort((a, b) => b.bytes - a.bytes)

    for (const { muxer, bytes } of biggest) {
      if (held <= bytesMax) {
        break
      }

      held -= bytes
      muxer.end(reason)
    }

    return held
  }
}
