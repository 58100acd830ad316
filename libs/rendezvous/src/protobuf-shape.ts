import { decode as decodeVarint } from 'uint8-varint'

/** How a field is written. @see https://protobuf.dev/programming-guides/encoding/#structure */
const WireType = { VARINT: 0, I64: 1, LEN: 2, I32: 5 } as const

/** What a message's fields must look like, by field number: an integer, bytes, or a message. */
export interface ProtobufShape {
  readonly [field: number]: 'integer' | 'bytes' | ProtobufShape
}

/**
 * Checks that bytes are a message of a shape. protons reads a field of another wire type as if it
 * were of the right one, and lets a nested message run past its end; what it takes, Go and Rust
 * would not read. Unknown fields are skipped, as they do.
 *
 * @throws RangeError when the bytes end too early or a number is too long
 * @throws TypeError when a known field has another wire type
 */
export function assertProtobufShape(bytes: Uint8Array, shape: ProtobufShape): void {
  let offset = 0

  while (offset < bytes.byteLength) {
    const tag = readVarint()
    const wireType = tag & 7
    const field = shape[Math.floor(tag / 8)]

    if (field != null && wireType !== (field === 'integer' ? WireType.VARINT : WireType.LEN)) {
      throw new TypeError(`field ${Math.floor(tag / 8)} has wire type ${wireType}`)
    }

    skipValue(wireType, typeof field === 'object' ? field : undefined)
  }

  function skipValue(wireType: number, nested: ProtobufShape | undefined): void {
    switch (wireType) {
      case WireType.VARINT:
        skipVarint()
        break
      case WireType.I64:
        skip(8)
        break
      case WireType.I32:
        skip(4)
        break
      case WireType.LEN: {
        const length = readVarint()

        skip(length)

        if (nested != null) {
          assertProtobufShape(bytes.subarray(offset - length, offset), nested)
        }

        break
      }
      default:
        throw new TypeError(`wire type ${wireType}`)
    }
  }

  function readVarint(): number {
    const value = decodeVarint(bytes, offset)

    skipVarint()

    return value
  }

  function skipVarint(): void {
    while ((bytes[offset] ?? 0) >= 0x80) {
      offset++
    }

    skip(1)
  }

  function skip(count: number): void {
    offset += count

    if (offset > bytes.byteLength) {
      throw new RangeError('the message ends inside a field')
    }
  }
}
