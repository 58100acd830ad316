import { joined, varint } from '../../conformance/protobuf.ts'

/** @see https://protobuf.dev/programming-guides/encoding/#structure */
export const WireType = { VARINT: 0, I64: 1, LEN: 2, GROUP: 3, END_GROUP: 4, I32: 5 } as const

/** One field as it was written. */
export interface WireField {
  number: number
  wireType: number
  /** Tag, length and all. */
  bytes: Uint8Array
  /** Behind the tag and, where there is one, the length. Of a group: its end is part of it. */
  value: Uint8Array
}

export interface WireMessage {
  fields: WireField[]
  /** From the first byte on that is no field. Empty in a sound message. */
  rest: Uint8Array
}

const TAG_BYTES_MAX = 5
/** As deep as protobufjs goes. */
const GROUPS_MAX = 100

/**
 * The fields of a message, whatever they mean. Lenient only in how numbers are written: what is no
 * field to any reader is left over.
 */
export function splitMessage(message: Uint8Array): WireMessage {
  const fields: WireField[] = []
  let offset = 0

  while (offset < message.byteLength) {
    const field = fieldAt(message, offset)

    if (field == null || field.wireType === WireType.END_GROUP) {
      break
    }

    fields.push(field)
    offset += field.bytes.byteLength
  }

  return { fields, rest: message.subarray(offset) }
}

/** A field of these parts, in the shortest form. */
export function wireField(number: number, wireType: number, value: Uint8Array): WireField {
  const tag = varint(number * 8 + wireType)
  const length = wireType === WireType.LEN ? varint(value.byteLength) : new Uint8Array()

  return { number, wireType, bytes: joined(tag, length, value), value }
}

/** The same field with other contents; written as it was where those are the same. */
export function withValue(field: WireField, value: Uint8Array): WireField {
  return Buffer.compare(field.value, value) === 0
    ? field
    : wireField(field.number, field.wireType, value)
}

export function joinMessage({ fields, rest }: WireMessage): Uint8Array {
  return joined(...fields.map(({ bytes }) => bytes), rest)
}

/** How many bytes a varint takes; `undefined` where it does not end. */
export function varintBytes(bytes: Uint8Array, offset: number): number | undefined {
  for (let end = offset; end < bytes.byteLength; end++) {
    if ((bytes[end] as number) < 0x80) {
      return end + 1 - offset
    }
  }

  return undefined
}

function fieldAt(message: Uint8Array, offset: number, depth = 0): WireField | undefined {
  const tag = shortNumberAt(message, offset)

  if (tag == null || tag.value < 8 || depth > GROUPS_MAX) {
    return undefined
  }

  const number = Math.floor(tag.value / 8)
  const wireType = tag.value % 8
  const valueAt = offset + tag.byteLength
  const size = valueSize(message, valueAt, { number, wireType, depth })
  const end = valueAt + (size?.prefix ?? 0) + (size?.value ?? 0)

  if (size == null || end > message.byteLength) {
    return undefined
  }

  return {
    number,
    wireType,
    bytes: message.subarray(offset, end),
    value: message.subarray(valueAt + size.prefix, end)
  }
}

function valueSize(
  message: Uint8Array,
  offset: number,
  { number, wireType, depth }: { number: number; wireType: number; depth: number }
): { prefix: number; value: number } | undefined {
  switch (wireType) {
    case WireType.VARINT: {
      const value = varintBytes(message, offset)

      return value == null ? undefined : { prefix: 0, value }
    }
    case WireType.I64:
      return { prefix: 0, value: 8 }
    case WireType.I32:
      return { prefix: 0, value: 4 }
    case WireType.LEN: {
      const length = shortNumberAt(message, offset)

      return length == null ? undefined : { prefix: length.byteLength, value: length.value }
    }
    case WireType.GROUP: {
      const value = groupBytes(message, offset, number, depth)

      return value == null ? undefined : { prefix: 0, value }
    }
    case WireType.END_GROUP:
      return { prefix: 0, value: 0 }
    default:
      return undefined
  }
}

/** Up to and with the end of a group of this number. */
function groupBytes(
  message: Uint8Array,
  start: number,
  number: number,
  depth: number
): number | undefined {
  let offset = start

  for (;;) {
    const field = fieldAt(message, offset, depth + 1)

    if (field == null) {
      return undefined
    }

    offset += field.bytes.byteLength

    if (field.wireType === WireType.END_GROUP) {
      return field.number === number ? offset - start : undefined
    }
  }
}

/** A tag or a length: at most five bytes, and 32 bits. */
function shortNumberAt(
  bytes: Uint8Array,
  offset: number
): { value: number; byteLength: number } | undefined {
  const byteLength = varintBytes(bytes, offset)

  if (byteLength == null || byteLength > TAG_BYTES_MAX) {
    return undefined
  }

  const value = bytes
    .subarray(offset, offset + byteLength)
    .reduce((sum, byte, index) => sum + (byte & 0x7f) * 2 ** (7 * index), 0)

  return value < 2 ** 32 ? { value, byteLength } : undefined
}
