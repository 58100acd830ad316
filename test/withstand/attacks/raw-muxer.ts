import type { MultiaddrConnection, Stream } from '@libp2p/interface'
import { AbstractStreamMuxer } from '@libp2p/utils'

/** Types of frames, as yamux numbers them. */
const DATA = 0
const WINDOW_UPDATE = 1

/** Begins a stream, and half-closes it. */
const SYN = 1
const FIN = 4

/** A connection on which an attack writes the frames of yamux itself; what comes back is dropped. */
export class RawMuxer extends AbstractStreamMuxer<Stream & never> {
  /** Bytes that have come back. */
  receivedBytes = 0
  #streamId = 1

  constructor(connection: MultiaddrConnection) {
    super(connection, { name: 'raw', protocol: '/yamux/1.0.0' })
  }

  onData(data: { byteLength: number }): void {
    this.receivedBytes += data.byteLength
  }

  onCreateStream(): never {
    throw new Error('a raw muxer opens no stream')
  }

  /** Reads nothing any more, so that the other side's bytes stay with it. */
  stopReading(): void {
    this.maConn.pause()
  }

  /** Opens a stream and sends what is given along with that. Returns its id. */
  open(...payload: Uint8Array[]): number {
    const id = this.#streamId

    this.#streamId += 2
    this.send(
      Buffer.concat([frame(WINDOW_UPDATE, SYN, id), frame(DATA, 0, id, Buffer.concat(payload))])
    )

    return id
  }

  /** Sends no more on a stream. */
  end(id: number): void {
    this.send(frame(DATA, FIN, id))
  }

  /** Lets the other side send so many bytes more on a stream. */
  grant(id: number, bytes: number): void {
    this.send(frame(WINDOW_UPDATE, 0, id, undefined, bytes))
  }
}

function frame(
  type: number,
  flag: number,
  id: number,
  payload: Uint8Array = new Uint8Array(),
  length = payload.byteLength
): Uint8Array {
  const bytes = Buffer.alloc(12 + payload.byteLength)

  bytes.writeUInt8(type, 1)
  bytes.writeUInt16BE(flag, 2)
  bytes.writeUInt32BE(id, 4)
  bytes.writeUInt32BE(length, 8)
  bytes.set(payload, 12)

  return bytes
}
