import type { MultiaddrConnection, Stream, StreamMuxer } from '@libp2p/interface'
import {
  fullBucket,
  type PointLimits,
  type Rate,
  type RejectReason
} from '@rendezvous-cluster/point'
import { HeldMemory, type Pieces, RESPONSE_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
import type { TokenBucket } from 'limiter'
import type { ReceivedBytes } from './negotiation-lines.ts'
import type { PausingConnection } from './reading-turns.ts'
import { StreamNegotiation } from './stream-negotiation.ts'
import { type LayeredConnection, unreadBytes, unsentBytes } from './waiting-bytes.ts'

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
const FRAMES: Rate = { perSecond: 1000, burst: 10_000 }

/** Pings that are answered in a row, and per second; peers send one in 10 to 30 seconds. */
const PINGS: Rate = { perSecond: 1, burst: 32 }

/** Streams that may be opened in a row, and per second: as many as a peer may make requests. */
const OPENINGS: Rate = { perSecond: 150, burst: 1500 }

/** Of a message of noise. */
const LENGTH_BYTES = 2

/** Of a message whose length has not come yet: more than there is of it. */
const UNKNOWN_LENGTH = LENGTH_BYTES

/** What a frame takes in memory while it waits, beyond its bytes. */
const FRAME_OVERHEAD_BYTES = 240

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
  /** It is quiet no more. */
  onBusy: () => void
  /** Told of all bytes that come. */
  onArrived: (bytes: number) => void
}

/** A connection as libp2p hands it to a muxer at runtime. */
export type EncryptedConnection = PausingConnection &
  LayeredConnection & {
    /** Of the messages of noise, up to 64 KiB each. */
    decoder: { buffer: Pieces; lengthDecoder(bytes: Pieces): number }
    /** What it is encrypted on. */
    stream: LayeredConnection & Pick<MultiaddrConnection, 'addEventListener' | 'remoteAddr'>
  }

/** What libp2p's streams have beyond their interface. */
type MuxedStream = Stream & {
  readBuffer: Pieces
  /** Bytes that the peer may send, and how many of them it has not sent. */
  recvWindow: number
  recvWindowCapacity: number
  sendWindowUpdate(): void
  onData(data: ReceivedBytes): void
  onMuxerNeedsDrain(): void
}

/** What the muxer of yamux has beyond its interface. */
export type YamuxMuxer = Omit<StreamMuxer, 'safeDispatchEvent'> & {
  decoder: { buffer: Pieces }
  onData(data: ReceivedBytes): void
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
  readonly #frames = fullBucket(FRAMES)
  readonly #pings = fullBucket(PINGS)
  readonly #openings = fullBucket(OPENINGS)
  /** Since when each stream without a protocol is open, the oldest first. */
  readonly #negotiating = new Map<Stream, number>()
  /** Frames that wait for the connection. */
  #waitingFrames = 0
  #sentBytes = 0
  /** How much had left the process, and when it was seen last that more had. */
  #leftBytes = 0
  #leftAtMs = 0
  #isQuiet = false

  constructor(muxer: YamuxMuxer, connection: EncryptedConnection, init: BoundedMuxerInit) {
    this.#init = init
    this.#muxer = muxer
    this.#connection = connection
    this.#boundMessages()
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
    const { decoder: ofNoise } = this.#connection
    let bytes =
      unreadBytes(this.#connection) + ofNoise.buffer.byteLength + decoder.buffer.byteLength

    for (const stream of streams as MuxedStream[]) {
      bytes += stream.readBuffer.byteLength
    }

    return bytes
  }

  /** Whether nothing waited when deadlines were looked at, and nothing has come or gone since. */
  get isQuiet(): boolean {
    return this.#isQuiet
  }

  /** Ends what has lasted too long. To be called now and then, while it is quiet seldom. */
  checkDeadlines(nowMs: number): void {
    for (const [stream, sinceMs] of this.#negotiating) {
      if (nowMs - sinceMs <= this.#init.limits.frameDeadlineMs) {
        break
      }

      this.#init.onRejected('slow-negotiation')
      stream.abort(new Error('rejected: slow-negotiation'))
    }

    this.#checkProgress(nowMs)
    this.#isQuiet = !this.#isWaiting()
  }

  /** Ends the connection. */
  end(reason: RejectReason): void {
    this.#connection.abort(this.#reject(reason))
  }

  #isWaiting(): boolean {
    const { readStatus, stream } = this.#connection

    return (
      this.#negotiating.size > 0 ||
      this.unsentBytes > 0 ||
      this.unreadBytes > 0 ||
      // Bytes come without a word where it is paused, and on a WebSocket until a message is whole.
      readStatus !== 'readable' ||
      stream.websocket != null
    )
  }

  #wake(): void {
    if (this.#isQuiet) {
      this.#isQuiet = false
      this.#leftAtMs = this.#init.now()
      this.#init.onBusy()
    }
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

  /** Of what noise has not whole yet. */
  #boundMessages(): void {
    const { stream, decoder } = this.#connection
    const { lengthDecoder } = decoder
    const held = new HeldMemory()

    decoder.lengthDecoder = (bytes) => {
      // Found at the end of each arrival. As published it throws, which takes as long as to read a small message.
      return bytes.byteLength < LENGTH_BYTES ? UNKNOWN_LENGTH : lengthDecoder(bytes)
    }
    stream.addEventListener('message', ({ data }) => {
      this.#wake()
      held.added(decoder.buffer, data)
    })
  }

  /** Errors thrown while a frame is handled end the connection. */
  #boundFrames(): void {
    const muxer = this.#muxer
    const { onData, handleFrame } = muxer
    const held = new HeldMemory()

    muxer.onData = (data) => {
      const arrivedBytes = data.byteLength

      onData.call(muxer, data)
      this.#init.onArrived(arrivedBytes)

      const { buffer } = muxer.decoder

      if (buffer.byteLength >= FRAME_BYTES_MAX) {
        throw this.#reject('frame-bytes')
      }

      held.added(buffer, data)
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
      boundPieces(stream)
      updateWindowSeldom(stream)

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
      this.#wake()

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

function boundPieces(stream: MuxedStream): void {
  const { onData } = stream
  const held = new HeldMemory()

  stream.onData = (data) => {
    onData.call(stream, data)
    held.added(stream.readBuffer, data)
  }
}

/**
 * As published each frame of data is answered with a frame that gives its bytes back to the window, at a tenth of
 * the cost of a request. Others do it once half of the window is used; that the stream is accepted is said
 * along with the first answer.
 *
 * @see https://github.com/hashicorp/yamux/blob/master/spec.md#flow-control
 */
function updateWindowSeldom(stream: MuxedStream): void {
  const { sendWindowUpdate } = stream

  stream.sendWindowUpdate = () => {
    if (stream.recvWindowCapacity < stream.recvWindow / 2) {
      sendWindowUpdate.call(stream)
    }
  }
}
