import { reader } from 'protons-runtime'
import { concat } from 'uint8arrays/concat'

/** How a field is written. @see https://protobuf.dev/programming-guides/encoding/#structure */
const WireType = { VARINT: 0, LEN: 2 } as const

/** A byte order mark is part of a text, as other readers have it. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** An integer as its 64 bits; text and messages as their bytes. */
export type FieldValue = bigint | Uint8Array

/**
 * Writes a message of these fields, in their order, zeros too. What is `undefined` is left out.
 *
 * What clients need has this in place of generated code, which would be most of what a browser
 * loads for them. Numbers are written here: protons 7.1 writes those of 32 bits whose highest is
 * set as others, some of them read from memory that was in use before.
 */
export function encodeFields(
  fields: readonly (readonly [field: number, value: FieldValue | undefined])[]
): Uint8Array {
  return concat(
    fields.flatMap(([field, value]) => {
      if (value == null) {
        return []
      }

      return typeof value === 'bigint'
        ? [tag(field, WireType.VARINT), varint(value)]
        : [tag(field, WireType.LEN), varint(BigInt(value.byteLength)), value]
    })
  )
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(BigInt((field << 3) | wireType))
}

/** Seven bits a byte, the lowest first; of a negative number its 64 bits. */
function varint(number: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, number)

  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }

  return Uint8Array.of(...bytes, Number(rest))
}

/** The fields of a message, by number. */
export class ProtobufFields {
  readonly #fields = new Map<number, FieldValue[]>()

  /**
   * @param message - checked by `assertProtobufShape`: each field is what it is asked for as
   * @param valuesMax - most values of one field
   * @throws RangeError
   */
  constructor(message: Uint8Array, valuesMax = Number.POSITIVE_INFINITY) {
    const from = reader(message)

    while (from.pos < from.len) {
      const tag = from.uint32()
      const values = this.#fields.get(tag >>> 3) ?? []

      this.#fields.set(tag >>> 3, values)

      if (values.length === valuesMax) {
        throw new RangeError(`field ${tag >>> 3} has more than ${valuesMax} values`)
      }

      switch (tag & 7) {
        case WireType.VARINT:
          values.push(from.uint64())
          break
        case WireType.LEN:
          values.push(from.bytes())
          break
        default:
          from.skipType(tag & 7)
      }
    }
  }

  /**
   * The last value of a field as 64 bits without a sign: `BigInt.asIntN(64, …)` makes it one with. `undefined`
   * where the message has none.
   *
   * @see https://protobuf.dev/programming-guides/encoding/#last-one-wins
   */
  integer(field: number): bigint | undefined {
    return this.#fields.get(field)?.at(-1) as bigint | undefined
  }

  /** The last value of a field, a view on the message; `undefined` where it has none. */
  bytes(field: number): Uint8Array | undefined {
    return this.allBytes(field).at(-1)
  }

  /** All values of a repeated field, in their order: views on the message. */
  allBytes(field: number): Uint8Array[] {
    return (this.#fields.get(field) ?? []) as Uint8Array[]
  }

  /** As {@link bytes}, read as UTF-8. What is none becomes U+FFFD; `isUtf8` tells whether it is. */
  text(field: number): string | undefined {
    const bytes = this.bytes(field)

    return bytes && utf8.decode(bytes)
  }

  /** The last value of a field as a message. Earlier ones are dropped, where other readers merge them. */
  message(field: number): ProtobufFields | undefined {
    return this.messages(field).at(-1)
  }

  /** All values of a repeated field as messages. The bound on values of the outer one is not theirs. */
  messages(field: number): ProtobufFields[] {
    return this.allBytes(field).map((bytes) => new ProtobufFields(bytes))
  }
}
