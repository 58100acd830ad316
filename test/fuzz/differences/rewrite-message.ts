import type protobuf from 'protobufjs'
import {
  joinMessage,
  splitMessage,
  type WireField,
  WireType,
  withValue
} from '../mutate/wire-fields.ts'
import type { DifferenceRule } from './difference-rules.ts'

/** A message, and all that are inside of it, as a rule writes it. */
export function rewriteMessage(
  message: Uint8Array,
  type: protobuf.Type,
  rule: DifferenceRule
): Uint8Array {
  const { fields, rest } = splitMessage(message)
  const fieldOf = ({ number }: WireField) => type.fieldsById[number]?.resolve()

  return joinMessage({
    fields: rule.rewrite(fields, fieldOf).map((field) => {
      const nested = fieldOf(field)?.resolvedType

      return nested != null && 'fields' in nested && field.wireType === WireType.LEN
        ? withValue(field, rewriteMessage(field.value, nested, rule))
        : field
    }),
    rest
  })
}
