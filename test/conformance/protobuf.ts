/**
 * A small writer and reader of protobuf and of frames, with nothing of what is under test in it. It
 * writes what no library would, and tells an absent field from one that is zero.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** A value behind its field number: of a varint, or of bytes. */
export interface ProtobufField {
  field: number
  value: bigint | Uint8Array
}

const WireType = { VARINT: 0, LEN: 2 } as const

/** One buffer of many, as a plain array. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

/** Base-128, lowest group first; a negative number in the ten bytes of its two's complement. */
export function varint(value: bigint | number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))

  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }

  return Uint8Array.of(...bytes, Number(rest))
}

/** A field that holds a number; `undefined` leaves it out. */
export function numberField(field: number, value: bigint | number | undefined): Uint8Array {
  return value == null
    ? new Uint8Array()
    : joined(varint(field * 8 + WireType.VARINT), varint(value))
}

/** A field that holds bytes, a text or a message; `undefined` leaves it out. */
export function bytesField(field: number, value: Uint8Array | undefined): Uint8Array {
  return value == null
    ? new Uint8Array()
    : joined(varint(field * 8 + WireType.LEN), varint(value.byteLength), value)
}

/** A message behind its length. */
export function framed(message: Uint8Array): Uint8Array {
  return joined(varint(message.byteLength), message)
}

/**
 * The fields of a message, in their order.
 *
 * @throws RangeError when the bytes end too early, TypeError for any other wire type
 */
export function readFields(message: Uint8Array): ProtobufField[] {
  const fields: ProtobufField[] = []
  let offset = 0

  while (offset < message.byteLength) {
    const tag = read()
    const value = readValue(Number(tag & 7n))

    fields.push({ field: Number(tag >> 3n), value })
  }

  return fields

  function read(): bigint {
    const [value, bytes] = readVarint(message.subarray(offset)) ?? []

    if (value == null || bytes == null) {
      throw new RangeError('the message ends inside of a number')
    }

    offset += bytes

    return value
  }

  function readValue(wireType: number): bigint | Uint8Array {
    if (wireType === WireType.VARINT) {
      return read()
    }

    if (wireType !== WireType.LEN) {
      throw new TypeError(`wire type ${wireType}`)
    }

    const length = Number(read())
    const value = message.slice(offset, offset + length)

    offset += length

    if (offset > message.byteLength) {
      throw new RangeError('the message ends inside of a field')
    }

    return value
  }
}

/** A number and how many bytes it takes; `undefined` when it has not arrived whole. */
export function readVarint(bytes: Uint8Array): [value: bigint, bytes: number] | undefined {
  let value = 0n

  for (let index = 0; index < Math.min(bytes.byteLength, 10); index++) {
    const byte = bytes[index] as number

    value |= BigInt(byte & 0x7f) << BigInt(7 * index)

    if (byte < 0x80) {
      return [value, index + 1]
    }
  }

  return undefined
}
