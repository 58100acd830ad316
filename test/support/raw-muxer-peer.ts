import { noise } from '@chainsafe/libp2p-noise'
import type { MultiaddrConnection, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { AbstractStreamMuxer } from '@libp2p/utils'
import { webSockets } from '@libp2p/websockets'
import type { Multiaddr } from '@multiformats/multiaddr'
import { encodeFrame } from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'

/** Types of frames, as yamux numbers them. */
export const FRAME = { data: 0, windowUpdate: 1, ping: 2 } as const

/** Flags of a frame's head. */
export const FLAG = { none: 0, syn: 1, fin: 4, rst: 8 } as const

/** What a frame's head says. */
export interface FrameHead {
  type: number
  flag: number
  streamId: number
  /** Bytes that follow, of a frame with data; else a number of its own meaning. */
  length: number
}

/** An encrypted connection on which a test writes the frames of yamux itself. */
export interface RawMuxerPeer {
  send(...frames: Uint8Array[]): void
  /** Heads of the frames that have come back so far, and their data. */
  received(): (FrameHead & { data: Uint8Array })[]
  /** Reads nothing any more, so that the other side's bytes stay with it. */
  stopReading(): void
  /** Whether the other side has ended the connection. */
  hasEnded(): boolean
  stop(): Promise<void>
}

/** A frame whose head says how much data follows, unless it says otherwise. */
export function muxerFrame(
  head: Partial<FrameHead>,
  data: Uint8Array = new Uint8Array()
): Uint8Array {
  const { type = FRAME.data, flag = FLAG.none, streamId = 0, length = data.byteLength } = head
  const frame = Buffer.alloc(12 + data.byteLength)

  frame.writeUInt8(type, 1)
  frame.writeUInt16BE(flag, 2)
  frame.writeUInt32BE(streamId, 4)
  frame.writeUInt32BE(length, 8)
  frame.set(data, 12)

  return frame
}

/** Lines of multistream-select. */
export function negotiationLines(...lines: string[]): Uint8Array {
  return Buffer.concat(lines.map((line) => encodeFrame(Buffer.from(`${line}\n`))))
}

export async function connectRawMuxer(point: Multiaddr): Promise<RawMuxerPeer> {
  const { promise: muxed, resolve } = Promise.withResolvers<RawMuxer>()
  const node = await createLibp2p({
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      () => ({
        protocol: '/yamux/1.0.0',
        createStreamMuxer(connection: MultiaddrConnection) {
          const muxer = new RawMuxer(connection)

          resolve(muxer)

          return muxer
        }
      })
    ],
    connectionMonitor: { enabled: false }
  })
  const connection = await node.dial(point)
  const muxer = await muxed

  return {
    send(...frames) {
      // Else a test could only see that the other side has ended it by what this throws.
      if (connection.status === 'open') {
        muxer.send(Buffer.concat(frames))
      }
    },
    received: () => framesOf(Buffer.concat(muxer.received)),
    stopReading: () => muxer.stopReading(),
    hasEnded: () => connection.status !== 'open',
    stop: async () => node.stop()
  }
}

/** Keeps what comes and opens nothing. */
class RawMuxer extends AbstractStreamMuxer<Stream & never> {
  readonly received: Uint8Array[] = []

  constructor(connection: MultiaddrConnection) {
    super(connection, { name: 'raw', protocol: '/yamux/1.0.0' })
  }

  onData(data: { slice(): Uint8Array }): void {
    this.received.push(data.slice())
  }

  onCreateStream(): never {
    throw new Error('a raw muxer opens no stream')
  }

  stopReading(): void {
    this.maConn.pause()
  }
}

/** Those that are whole. */
function framesOf(bytes: Buffer): (FrameHead & { data: Uint8Array })[] {
  const frames: (FrameHead & { data: Uint8Array })[] = []

  for (let offset = 0; offset + 12 <= bytes.byteLength; ) {
    const type = bytes.readUInt8(offset + 1)
    const length = bytes.readUInt32BE(offset + 8)
    const end = offset + 12 + (type === FRAME.data ? length : 0)

    frames.push({
      type,
      flag: bytes.readUInt16BE(offset + 2),
      streamId: bytes.readUInt32BE(offset + 4),
      length,
      data: bytes.subarray(offset + 12, end)
    })
    offset = end
  }

  return frames
}
