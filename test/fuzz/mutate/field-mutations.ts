import { joined, varint } from '../../conformance/protobuf.ts'
import type { Random } from '../random.ts'
import { mutateBytes } from './byte-mutations.ts'
import { endless, overflowing, padded } from './varint-forms.ts'
import { type WireField, WireType, wireField } from './wire-fields.ts'

/** @returns the fields of the message that takes the place of the one with these */
export type FieldMutation = (
  fields: readonly WireField[],
  random: Random
) => readonly Pick<WireField, 'bytes'>[]

/** Numbers at which readers turn off. */
export const INTERESTING_NUMBERS: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  4n,
  5n,
  20n,
  60n,
  127n,
  128n,
  255n,
  1000n,
  7200n,
  259_200n,
  ...[31n, 32n, 35n, 49n, 53n, 63n].flatMap((bits) => [2n ** bits - 1n, 2n ** bits]),
  2n ** 64n - 1n
]

/** Known numbers in other places, unknown ones, and the ends of their range. */
const FIELD_NUMBERS = [1, 2, 3, 4, 5, 6, 7, 15, 16, 99, 2047, 2 ** 29 - 1]

const HUGE_LENGTHS = [127, 16_384, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35]

/** What can be done to the fields of a message. Of an empty message most do nothing. */
export const FIELD_MUTATIONS: Readonly<Record<string, FieldMutation>> = {
  drop: (fields, random) => without(fields, random.below(fields.length)),

  repeat(fields, random) {
    const repeated = chosen(fields, random)
    const at = random.below(fields.length + 1)

    return repeated == null ? fields : fields.toSpliced(at, 0, repeated)
  },

  repeatOften(fields, random) {
    const repeated = chosen(fields, random)

    return repeated == null
      ? fields
      : [...fields, ...new Array<WireField>(1 + random.below(300)).fill(repeated)]
  },

  reorder: (fields, random) => random.shuffled(fields),

  renumber: (fields, random) =>
    replaced(fields, random, ({ wireType, value }) =>
      wireField(random.pick(FIELD_NUMBERS), wireType, value)
    ),

  retype: (fields, random) =>
    replaced(fields, random, ({ number, value }) => wireField(number, random.below(8), value)),

  /** A sound field of another wire type. */
  retypeSoundly: (fields, random) =>
    replaced(fields, random, ({ number }) => soundField(number, random)),

  truncate: (fields, random) =>
    replaced(fields, random, ({ bytes }) => ({
      bytes: bytes.slice(0, random.below(bytes.length))
    })),

  renumberNumber: (fields, random) =>
    replaced(fields, random, (field) =>
      field.wireType === WireType.VARINT
        ? wireField(field.number, field.wireType, varint(random.pick(INTERESTING_NUMBERS)))
        : field
    ),

  overlongNumber: (fields, random) =>
    replaced(fields, random, (field) =>
      field.wireType === WireType.VARINT
        ? wireField(field.number, field.wireType, longer(field.value, 2 + random.below(10)))
        : field
    ),

  overflowingNumber: (fields, random) =>
    replaced(fields, random, ({ number }) =>
      wireField(number, WireType.VARINT, overflowing(random.pick(INTERESTING_NUMBERS)))
    ),

  endlessNumber: (fields, random) =>
    replaced(fields, random, ({ number }) =>
      wireField(number, WireType.VARINT, endless(1 + random.below(14)))
    ),

  overlongTag: (fields, random) =>
    replaced(fields, random, ({ number, wireType, bytes }) => {
      const tag = number * 8 + wireType

      return {
        bytes: joined(padded(tag, 2 + random.below(9)), bytes.subarray(varint(tag).byteLength))
      }
    }),

  /** A field number beyond the range, which a reader of 32 bits takes for a known one. */
  overflowingTag: (fields, random) =>
    replaced(fields, random, ({ number, wireType, bytes }) => {
      const tag = number * 8 + wireType

      return {
        bytes: joined(
          varint(BigInt(tag) + 2n ** BigInt(32 + random.below(28))),
          bytes.subarray(varint(tag).byteLength)
        )
      }
    }),

  overlongLength: (fields, random) =>
    replaced(fields, random, ({ number, value }) => ({
      bytes: joined(
        varint(number * 8 + WireType.LEN),
        padded(value.byteLength, 2 + random.below(9)),
        value
      )
    })),

  wrongLength: (fields, random) =>
    replaced(fields, random, ({ number, value }) => ({
      bytes: joined(
        varint(number * 8 + WireType.LEN),
        varint(Math.max(0, value.byteLength + random.below(9) - 4)),
        value
      )
    })),

  hugeLength: (fields, random) =>
    replaced(fields, random, ({ number, value }) => ({
      bytes: joined(varint(number * 8 + WireType.LEN), varint(random.pick(HUGE_LENGTHS)), value)
    })),

  group: (fields, random) => {
    const at = random.below(fields.length + 1)
    const number = random.pick(FIELD_NUMBERS)
    const end = wireField(random.chance(0.9) ? number : number + 1, WireType.END_GROUP, EMPTY)
    const inside = random.chance(0.5) ? fields.slice(at) : []
    const value = joined(...inside.map(({ bytes }) => bytes), end.bytes)

    return [...fields.slice(0, at), wireField(number, WireType.GROUP, value)]
  },

  unknownField: (fields, random) =>
    fields.toSpliced(
      random.below(fields.length + 1),
      0,
      soundField(random.pick(FIELD_NUMBERS), random)
    ),

  zeroField: (fields, random) =>
    fields.toSpliced(random.below(fields.length + 1), 0, soundField(0, random)),

  /** Several numbers where one belongs, as `repeated` ones are written. */
  pack: (fields, random) =>
    replaced(fields, random, ({ number, value }) =>
      wireField(
        number,
        WireType.LEN,
        joined(value, varint(random.pick(INTERESTING_NUMBERS)), value)
      )
    ),

  garbageInside: (fields, random) =>
    replaced(fields, random, (field) =>
      field.wireType === WireType.LEN
        ? wireField(field.number, WireType.LEN, mutateBytes(field.value, random))
        : field
    )
}

const EMPTY = new Uint8Array()

function chosen(fields: readonly WireField[], random: Random): WireField | undefined {
  return fields.length === 0 ? undefined : random.pick(fields)
}

function without(fields: readonly WireField[], at: number): WireField[] {
  return fields.filter((_, index) => index !== at)
}

function replaced(
  fields: readonly WireField[],
  random: Random,
  by: (field: WireField) => Pick<WireField, 'bytes'>
): Pick<WireField, 'bytes'>[] {
  const at = random.below(fields.length)

  return fields.map((field, index) => (index === at ? by(field) : field))
}

function soundField(number: number, random: Random): WireField {
  switch (random.below(4)) {
    case 0:
      return wireField(number, WireType.VARINT, varint(random.pick(INTERESTING_NUMBERS)))
    case 1:
      return wireField(number, WireType.I64, random.bytes(8))
    case 2:
      return wireField(number, WireType.I32, random.bytes(4))
    default:
      return wireField(number, WireType.LEN, random.bytes(random.below(6)))
  }
}

/** A varint in so many more bytes. */
function longer(number: Uint8Array, more: number): Uint8Array {
  const bytes = new Uint8Array(number.byteLength + more).fill(0x80)

  bytes.set(number)
  bytes[number.byteLength - 1] = (number.at(-1) ?? 0) | 0x80
  bytes[bytes.byteLength - 1] = 0

  return bytes
}
