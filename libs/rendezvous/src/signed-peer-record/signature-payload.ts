import { encode as encodeVarint, encodingLength } from 'uint8-varint'

/**
 * The bytes an envelope's signature covers: domain, payload type and payload, each after its
 * length as a varint.
 *
 * @see https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md#signature-production--verification
 */
export function signaturePayload(
  domain: string,
  payloadType: Uint8Array,
  payload: Uint8Array
): Uint8Array {
  const parts = [new TextEncoder().encode(domain), payloadType, payload]
  const length = parts.reduce(
    (sum, part) => sum + encodingLength(part.byteLength) + part.byteLength,
    0
  )
  const joined = new Uint8Array(length)
  let offset = 0

  for (const part of parts) {
    encodeVarint(part.byteLength, joined, offset)
    offset += encodingLength(part.byteLength)
    joined.set(part, offset)
    offset += part.byteLength
  }

  return joined
}
