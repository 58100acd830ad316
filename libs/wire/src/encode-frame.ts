import { encode as encodeVarint, encodingLength } from 'uint8-varint'

/** A message behind its length as an unsigned varint. */
export function encodeFrame(message: Uint8Array): Uint8Array {
  const prefixBytes = encodingLength(message.byteLength)
  const frame = new Uint8Array(prefixBytes + message.byteLength)

  encodeVarint(message.byteLength, frame)
  frame.set(message, prefixBytes)

  return frame
}
