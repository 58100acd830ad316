/** A connection as libp2p has it at runtime: the encrypted one, and under it that of a transport. */
export interface LayeredConnection {
  writeBufferLength: number
  readBuffer: { byteLength: number }
  /** What it hands its bytes to. */
  stream?: LayeredConnection
  /** Of TCP. */
  socket?: { writableLength: number; readableLength: number }
  /** Of WebSockets. */
  websocket?: { bufferedAmount: number }
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

/** Bytes that have come on a connection and were not handed on: it is paused, or handles them later. */
export function unreadBytes({ readBuffer, stream, socket }: LayeredConnection): number {
  const ofTransport = socket?.readableLength ?? 0

  return readBuffer.byteLength + ofTransport + (stream == null ? 0 : unreadBytes(stream))
}
