import type { MultiaddrConnection, Stream, StreamMuxer } from '@libp2p/interface'
import type { PointLimits, RejectReason } from '@rendezvous-cluster/point'
import { RESPONSE_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
import { TokenBucket } from 'limiter'
import { StreamNegotiation } from './stream-negotiation.ts'
import { type LayeredConnection, unsentBytes } from './unsent-bytes.ts'

/**
 * The head of a frame, and the window of a stream: the most that a frame may carry. Windows only
 * grow where the round trip is known, and this side asks for none.
 *
 * @see https://github.com/hashicorp/yamux/blob/master/spec.md
 */
const FRAME_BYTES_MAX = 12 + 256 * 1024

/** Of the kinds and flags of frames what is looked at. */
const PING = 2
const SYN = 1

/**
 * Frames in a row, and per second: some for each request that a peer may make. One takes about 7 µs,
 * however small it is.
 */
const FRAMES_BURST = 10_000
const FRAMES_PER_SECOND = 1000

/** Pings that are answered in a row, and per second; peers send one in 10 to 30 seconds. */
const PINGS_BURST = 32
const PINGS_PER_SECOND = 1

/** Streams that may be opened in a row, and per second: as many as a peer may make requests. */
const OPENINGS_BURST = 1500
const OPENINGS_PER_SECOND = 150

/** What a frame takes in memory while it waits, beyond its bytes. */
const FRAME_OVERHEAD_BYTES = 240

/** Pieces that bytes which wait may lie in before they are joined: a small one takes 100 and more. */
const PIECES_MAX = 1024

/** Of the limits of a point those that hold for other protocols too. */
export type MuxerLimits = Pick<
  PointLimits,
  'streamsPerConnection' | 'frameDeadlineMs' | 'stalledWriteMs' | 'unsentBytesPerConnection'
>

export interface BoundedMuxerInit {
  /** Protocols that are served. */
  protocols: () => readonly string[]
  /** The point's, for all that comes and goes on a connection. */
  limits: MuxerLimits
  /** A steady clock in milliseconds. */
  now: () => number
  onRejected: (reason: RejectReason) => void
  /** Told of all bytes that come. */
  onArrived: (bytes: number) => void
}

type EncryptedConnection = MultiaddrConnection &
  LayeredConnection & {
    /** Of the messages of noise, up to 64 KiB each. */
    decoder?: { buffer: { byteLength: number } }
  }

/** Bytes in pieces, as libp2p has them. */
interface Pieces {
  byteLength: number
  append(bytes: Uint8Array): void
  consume(bytes: number): void
  /** All of it, in one. */
  slice(): Uint8Array
}

/** What libp2p's streams have beyond their interface. */
type MuxedStream = Stream & {
  readBuffer: Pieces
  onData(data: { byteLength: number }): void
  onMuxerNeedsDrain(): void
}

/** What the muxer of yamux has beyond its interface. */
export type YamuxMuxer = Omit<StreamMuxer, 'safeDispatchEvent'> & {
  decoder: { buffer: Pieces }
  onData(data: { byteLength: number }): void
  handleFrame(frame: { header: { type: number; flag: number } }): void
  incomingStream(id: number): void
  onRemoteStream(stream: MuxedStream): void
  safeDispatchEvent(type: string, init: { detail: Stream }): boolean
  send(data: { byteLength: number }): boolean
}

/**
 * One connection's muxer, held to bounds. As published it gathers a frame of any length, answers
 * pings and openings of any number whether its peer reads the answers or not, and keeps what is
 * sent in small pieces at a multiple of its size. None of it can be set, so methods that it calls on
 * itself are changed; a test for each tells when another version is made otherwise.
 */
export class BoundedMuxer {
  readonly #init: BoundedMuxerInit
  readonly #muxer: YamuxMuxer
  readonly #connection: EncryptedConnection
  readonly #frames = fullBucket(FRAMES_BURST, FRAMES_PER_SECOND)
  readonly #pings = fullBucket(PINGS_BURST, PINGS_PER_SECOND)
  readonly #openings = fullBucket(OPENINGS_BURST, OPENINGS_PER_SECOND)
  /** Since when each stream without a protocol is open, the oldest first. */
  readonly #negotiating = new Map<Stream, number>()
  /** Pieces of a frame that is not whole. */
  #pieces = 0
  /** Frames that wait for the connection. */
  #waitingFrames = 0
  #sentBytes = 0
  /** How much had left the process, and when it was seen last that more had. */
  #leftBytes = 0
  #leftAtMs = 0

  constructor(muxer: YamuxMuxer, connection: EncryptedConnection, init: BoundedMuxerInit) {
    this.#init = init
    this.#muxer = muxer
    this.#connection = connection
    this.#boundFrames()
    this.#boundStreams()
    this.#boundWrites()
  }

  /** Bytes that wait for the peer, beside those that its streams have not sent. */
  get unsentBytes(): number {
    return unsentBytes(this.#connection)
  }

  /** Bytes that have come and were not handed on: of frames that are not whole, and of its streams. */
  get unreadBytes(): number {
    const { decoder, streams } = this.#muxer
    let bytes = decoder.buffer.byteLength + (this.#connection.decoder?.buffer.byteLength ?? 0)

    for (const stream of streams as MuxedStream[]) {
      bytes += stream.readBuffer.byteLength
    }

    return bytes
  }

  /** Ends what has lasted too long. Cheap: to be called for every connection, now and then. */
  checkDeadlines(nowMs: number): void {
    for (const [stream, sinceMs] of this.#negotiating) {
      if (nowMs - sinceMs <= this.#init.limits.frameDeadlineMs) {
        break
      }

      this.#init.onRejected('slow-negotiation')
      stream.abort(new Error('rejected: slow-negotiation'))
    }

    this.#checkProgress(nowMs)
  }

  /** Ends the connection. */
  end(reason: RejectReason): void {
    this.#connection.abort(this.#reject(reason))
  }

  #checkProgress(nowMs: number): void {
    const unsent = unsentBytes(this.#connection)
    const left = this.#sentBytes - unsent

    if (unsent === 0 || left > this.#leftBytes) {
      this.#leftBytes = left
      this.#leftAtMs = nowMs
    } else if (nowMs - this.#leftAtMs > this.#init.limits.stalledWriteMs) {
      this.end('stalled-connection')
    }
  }

  /** Errors thrown while a frame is handled end the connection. */
  #boundFrames(): void {
    const muxer = this.#muxer
    const { onData, handleFrame } = muxer

    muxer.onData = (data) => {
      const arrivedBytes = data.byteLength

      onData.call(muxer, data)
      this.#init.onArrived(arrivedBytes)

      const { buffer } = muxer.decoder

      if (buffer.byteLength >= FRAME_BYTES_MAX) {
        throw this.#reject('frame-bytes')
      }

      this.#pieces = buffer.byteLength === 0 ? 0 : this.#pieces + 1

      if (this.#pieces > PIECES_MAX) {
        join(buffer)
        this.#pieces = 0
      }
    }

    muxer.handleFrame = (frame) => {
      const { type, flag } = frame.header

      this.#take(this.#frames, 'frame-rate')

      if (type === PING) {
        this.#take(this.#pings, 'ping-rate')
      } else if ((flag & SYN) === SYN) {
        this.#take(this.#openings, 'stream-rate')
      }

      handleFrame.call(muxer, frame)
    }
  }

  /** @throws Error where the bucket is empty */
  #take(bucket: TokenBucket, reason: RejectReason): void {
    if (!bucket.tryRemoveTokens(1)) {
      throw this.#reject(reason)
    }
  }

  #boundStreams(): void {
    const muxer = this.#muxer
    const { incomingStream, onRemoteStream, safeDispatchEvent } = muxer

    muxer.incomingStream = (id) => {
      // It is about to be reset.
      if (muxer.streams.length >= this.#init.limits.streamsPerConnection) {
        this.#init.onRejected('streams-per-connection')
      }

      incomingStream.call(muxer, id)
    }

    muxer.onRemoteStream = (stream) => {
      joinPieces(stream)

      // The others were told when the connection took no more.
      if (this.#connection.writableNeedsDrain) {
        stream.onMuxerNeedsDrain()
      }

      onRemoteStream.call(muxer, stream)
    }

    muxer.safeDispatchEvent = (type, event) => {
      if (type !== 'stream') {
        return safeDispatchEvent.call(muxer, type, event)
      }

      this.#negotiate(event.detail, () => safeDispatchEvent.call(muxer, type, event))

      return true
    }
  }

  #negotiate(stream: Stream, onAgreed: () => void): void {
    const { protocols, now, onRejected } = this.#init

    if (stream.status !== 'open') {
      return
    }

    this.#negotiating.set(stream, now())
    new StreamNegotiation({
      stream,
      protocols: protocols(),
      onAgreed,
      onEnd: () => this.#negotiating.delete(stream),
      onMalformed: () => onRejected('negotiation')
    })
  }

  #boundWrites(): void {
    const muxer = this.#muxer
    const { send } = muxer

    muxer.send = (data) => {
      const isTaken = send.call(muxer, data)

      this.#sentBytes += data.byteLength
      this.#waitingFrames = this.#connection.writeBufferLength === 0 ? 0 : this.#waitingFrames + 1

      if (!isTaken && this.#unsentCost() > this.#unsentBytesMax) {
        this.end('unsent-bytes')
      }

      return isTaken
    }
  }

  /** Answers are given while there is room for another. */
  get #unsentBytesMax(): number {
    return this.#init.limits.unsentBytesPerConnection + RESPONSE_FRAME_BYTES_MAX
  }

  #unsentCost(): number {
    return unsentBytes(this.#connection) + this.#waitingFrames * FRAME_OVERHEAD_BYTES
  }

  #reject(reason: RejectReason): Error {
    this.#init.onRejected(reason)

    return new Error(`rejected: ${reason}`)
  }
}

function fullBucket(burst: number, perSecond: number): TokenBucket {
  const bucket = new TokenBucket({
    bucketSize: burst,
    tokensPerInterval: perSecond,
    interval: 'second'
  })

  // A new bucket is empty.
  bucket.content = burst

  return bucket
}

function join(pieces: Pieces): void {
  const joined = pieces.slice()

  pieces.consume(pieces.byteLength)
  pieces.append(joined)
}

/** Joins what waits to be read when it lies in many pieces. */
function joinPieces(stream: MuxedStream): void {
  const { onData } = stream
  let pieces = 0

  stream.onData = (data) => {
    onData.call(stream, data)
    pieces = stream.readBuffer.byteLength === 0 ? 0 : pieces + 1

    if (pieces > PIECES_MAX) {
      join(stream.readBuffer)
      pieces = 0
    }
  }
}
