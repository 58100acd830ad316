/** What a piece of a WebSocket's message takes beside its bytes. */
const PIECE_BYTES = 240

/** A connection as libp2p has it at runtime: the encrypted one, and under it that of a transport. */
export interface LayeredConnection {
  writeBufferLength: number
  readBuffer: { byteLength: number }
  /** What it hands its bytes to. */
  stream?: LayeredConnection
  /** Of TCP. */
  socket?: { writableLength: number; readableLength: number }
  /** Of WebSockets. */
  websocket?: { bufferedAmount: number; _receiver: WebSocketReceiver }
}

/** What the package `ws` has of a message that is not whole; it tells no other way. */
interface WebSocketReceiver {
  /** Of the frame that is not whole. */
  _bufferedBytes: number
  _buffers: readonly Uint8Array[]
  /** The frames ahead of it: views of what was read, which they hold back. */
  _fragments: readonly Uint8Array[]
}

/** Bytes that were handed to a connection and have not left the process. */
export function unsentBytes({
  writeBufferLength,
  stream,
  socket,
  websocket
}: LayeredConnection): number {
  const ofTransport = socket?.writableLength ?? websocket?.bufferedAmount ?? 0

  return writeBufferLength + ofTransport + (stream == null ? 0 : unsentBytes(stream))
}

/**
 * Bytes that have come on a connection and were not handed on: it is paused, or handles them later, or
 * they are of a message that is not whole.
 */
export function unreadBytes({ readBuffer, stream, socket, websocket }: LayeredConnection): number {
  const ofTransport =
    socket?.readableLength ?? (websocket == null ? 0 : bytesOfMessage(websocket._receiver))

  return readBuffer.byteLength + ofTransport + (stream == null ? 0 : unreadBytes(stream))
}

function bytesOfMessage({ _bufferedBytes, _buffers, _fragments }: WebSocketReceiver): number {
  const reads = new Set(_fragments.map(({ buffer }) => buffer))
  let bytes = _bufferedBytes + PIECE_BYTES * (_buffers.length + _fragments.length)

  for (const { byteLength } of reads) {
    bytes += byteLength
  }

  return bytes
}
