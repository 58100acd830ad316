import { decode as decodeVarint } from 'uint8-varint'

/** How a field is written. @see https://protobuf.dev/programming-guides/encoding/#structure */
const WireType = { VARINT: 0, I64: 1, LEN: 2, I32: 5 } as const

/** Most bytes of a number of 64 bits, and of one of 32 bits that is negative. */
const NUMBER_BYTES_MAX = 10

/** Most bytes of a tag, of a length, and of a number of 32 bits that is not negative. */
const SHORT_NUMBER_BYTES_MAX = 5

const UINT32_MAX = 2 ** 32 - 1

/**
 * What a message's fields must look like, by field number: an integer of 64 bits, one of 32 bits
 * (an enum is one), bytes, or a message.
 */
export interface ProtobufShape {
  readonly [field: number]: 'integer' | 'int32' | 'bytes' | ProtobufShape
}

/**
 * Checks that bytes are a message of a shape. protons reads a field of another wire type as if it
 * were of the right one, lets a nested message run past its end, and takes each tag, length and
 * number of 32 bits in more than five bytes for one in ten: behind it, it reads another message
 * than Go and Rust. Unknown fields are skipped, as they do.
 *
 * @throws RangeError when the bytes end too early or a number is too long
 * @throws TypeError when a known field has another wire type
 */
export function assertProtobufShape(bytes: Uint8Array, shape: ProtobufShape): void {
  let offset = 0

  while (offset < bytes.byteLength) {
    const tag = readShortNumber()
    const number = tag >>> 3
    const wireType = tag & 7
    const field = shape[number]

    if (number === 0) {
      throw new RangeError('field number zero')
    }

    if (field != null && wireType !== wireTypeOf(field)) {
      throw new TypeError(`field ${number} has wire type ${wireType}`)
    }

    skipValue(wireType, field)
  }

  function skipValue(wireType: number, field: ProtobufShape[number] | undefined): void {
    switch (wireType) {
      case WireType.VARINT:
        skipNumber(field)
        break
      case WireType.I64:
        skip(8)
        break
      case WireType.I32:
        skip(4)
        break
      case WireType.LEN: {
        const length = readShortNumber()

        skip(length)

        if (typeof field === 'object') {
          assertProtobufShape(bytes.subarray(offset - length, offset), field)
        }

        break
      }
      default:
        throw new TypeError(`wire type ${wireType}`)
    }
  }

  function readShortNumber(): number {
    const value = decodeVarint(bytes, offset)

    if (skipVarint() > SHORT_NUMBER_BYTES_MAX || value > UINT32_MAX) {
      throw new RangeError('a tag or a length of more than 32 bits')
    }

    return value
  }

  function skipNumber(field: ProtobufShape[number] | undefined): void {
    const count = skipVarint()

    if (
      count > NUMBER_BYTES_MAX ||
      (field === 'int32' && count > SHORT_NUMBER_BYTES_MAX && count < NUMBER_BYTES_MAX)
    ) {
      throw new RangeError(`a number of ${count} bytes`)
    }
  }

  /** @returns how many bytes it takes */
  function skipVarint(): number {
    const start = offset

    while ((bytes[offset] ?? 0) >= 0x80) {
      offset++
    }

    skip(1)

    return offset - start
  }

  function skip(count: number): void {
    offset += count

    if (offset > bytes.byteLength) {
      throw new RangeError('the message ends inside a field')
    }
  }
}

function wireTypeOf(field: ProtobufShape[number]): number {
  return field === 'integer' || field === 'int32' ? WireType.VARINT : WireType.LEN
}
