import type protobuf from 'protobufjs'
import { varint } from '../../conformance/protobuf.ts'
import { type WireField, WireType, wireField } from '../mutate/wire-fields.ts'

/** A known field, as protobufjs has it in the type of a message. */
export type FieldOf = (field: WireField) => protobuf.Field | undefined

/**
 * One way in which ours differs from protobufjs on purpose. It says how to write the same message
 * so that it is not in question: ours then reads what protobufjs read before (or the other way
 * round), to the last value. Whatever else is in the message still has to agree.
 */
export interface DifferenceRule {
  name: string
  reason: string
  /** Who is given the message that is written another way. */
  rewritesFor: 'ours' | 'theirs'
  /** The fields of one message; those of messages inside of it come in their turn. */
  rewrite: (fields: readonly WireField[], fieldOf: FieldOf) => readonly WireField[]
}

const NUMBER_BYTES_MAX = 10
const INT32_BYTES_MAX = 5

const VARINT_TYPES = new Set(['int32', 'int64', 'uint32', 'uint64'])

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

export const DIFFERENCE_RULES: readonly DifferenceRule[] = [
  {
    name: 'group',
    reason:
      'Groups are refused: no rendezvous message had any, and they are all that nests in unknown fields.',
    rewritesFor: 'ours',
    rewrite: (fields) => fields.filter(({ wireType }) => wireType !== WireType.GROUP)
  },
  {
    name: 'wire type of a known field',
    reason: 'Refused, as gogo and quick-protobuf do; protobufjs takes it for an unknown field.',
    rewritesFor: 'ours',
    rewrite: (fields, fieldOf) =>
      fields.filter((field) => {
        const known = fieldOf(field)

        return (
          known == null || field.wireType === WireType.GROUP || field.wireType === wireTypeOf(known)
        )
      })
  },
  {
    name: 'message field more than once',
    reason:
      'The last one stands; protobufjs merges them. Nobody writes a body twice, and protons cannot merge.',
    rewritesFor: 'ours',
    rewrite: merged
  },
  {
    name: 'unknown number of more than ten bytes',
    reason: 'Refused, as Go does; protobufjs skips a number of any length.',
    rewritesFor: 'ours',
    rewrite: (fields, fieldOf) =>
      fields.filter(
        (field) =>
          fieldOf(field) != null ||
          field.wireType !== WireType.VARINT ||
          field.value.byteLength <= NUMBER_BYTES_MAX
      )
  },
  {
    name: 'number of 32 bits in six to nine bytes',
    reason: 'Refused: protons misreads it, and no writer makes one.',
    rewritesFor: 'ours',
    rewrite: (fields, fieldOf) =>
      fields.map((field) => (isInt32(field, fieldOf) ? inFiveBytes(field) : field))
  },
  {
    name: 'text that is no UTF-8',
    reason: 'Read with replacement characters: a status counts also where its text is broken.',
    rewritesFor: 'theirs',
    rewrite: (fields, fieldOf) =>
      fields.map((field) =>
        field.wireType === WireType.LEN && fieldOf(field)?.type === 'string' ? inUtf8(field) : field
      )
  }
]

/** Of readers that know the types of messages as an enum, which our client does not. */
export const UNKNOWN_TYPE_RULE: DifferenceRule = {
  name: 'unknown type ahead of a known one',
  reason:
    'Refused: protons reads no enum value that it does not know, also where another one follows.',
  rewritesFor: 'ours',
  rewrite: (fields, fieldOf) =>
    fields.filter(
      (field, index) =>
        field.wireType !== WireType.VARINT ||
        !isEnum(fieldOf(field)) ||
        !fields.slice(index + 1).some((later) => isSameField(later, field))
    )
}

function wireTypeOf({ type, resolvedType }: protobuf.Field): number {
  const isNumber = VARINT_TYPES.has(type) || (resolvedType != null && 'values' in resolvedType)

  return isNumber ? WireType.VARINT : WireType.LEN
}

function isEnum(field: protobuf.Field | undefined): boolean {
  return field?.resolvedType != null && 'values' in field.resolvedType
}

function isSameField(one: WireField, other: WireField): boolean {
  return one.number === other.number && one.wireType === other.wireType
}

/** What protobufjs reads of a field that comes more than once: all of it, as if it were one. */
function merged(fields: readonly WireField[], fieldOf: FieldOf): WireField[] {
  const isMerged = (field: WireField): boolean => {
    const known = fieldOf(field)

    return (
      known != null &&
      !known.repeated &&
      known.resolvedType != null &&
      'fields' in known.resolvedType &&
      field.wireType === WireType.LEN
    )
  }

  return fields.flatMap((field, index) => {
    if (!isMerged(field)) {
      return [field]
    }

    const all = fields.filter((other) => isSameField(other, field))

    if (all.length === 1) {
      return [field]
    }

    return fields.findIndex((other) => isSameField(other, field)) === index
      ? [wireField(field.number, field.wireType, Buffer.concat(all.map(({ value }) => value)))]
      : []
  })
}

function isInt32(field: WireField, fieldOf: FieldOf): boolean {
  const known = fieldOf(field)
  const { wireType, value } = field

  return (
    wireType === WireType.VARINT &&
    (isEnum(known) || known?.type === 'int32') &&
    value.byteLength > INT32_BYTES_MAX &&
    value.byteLength < NUMBER_BYTES_MAX
  )
}

/** What readers of 32 bits take of it. */
function inFiveBytes(field: WireField): WireField {
  const number = field.value.reduce(
    (sum, byte, index) => sum | (BigInt(byte & 0x7f) << BigInt(7 * index)),
    0n
  )

  return wireField(field.number, field.wireType, varint(BigInt.asUintN(32, number)))
}

function inUtf8(field: WireField): WireField {
  try {
    strictUtf8.decode(field.value)

    return field
  } catch {
    // The only way in which a fatal decoder says no.
    return wireField(
      field.number,
      field.wireType,
      new TextEncoder().encode(utf8.decode(field.value))
    )
  }
}
