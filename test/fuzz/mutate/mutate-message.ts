import { joined } from '../../conformance/protobuf.ts'
import type { Random } from '../random.ts'
import { mutateBytes } from './byte-mutations.ts'
import { FIELD_MUTATIONS } from './field-mutations.ts'
import { joinMessage, splitMessage, type WireField, WireType, withValue } from './wire-fields.ts'

/** Of messages, how many are changed byte by byte, so that it need not be a message any more. */
const BYTES_SHARE = 0.15

/** How often a change is made inside of a field where one can be. */
const NESTED_SHARE = 0.6

/** A message changed in one place: its fields, or those of a message inside of it. */
export function mutateMessage(message: Uint8Array, random: Random): Uint8Array {
  if (random.chance(BYTES_SHARE)) {
    return mutateBytes(message, random)
  }

  const { fields, rest } = splitMessage(message)
  const nested = fields.filter(isMessage)

  if (nested.length > 0 && random.chance(NESTED_SHARE)) {
    const changed = random.pick(nested)

    return joinMessage({
      fields: fields.map((field) =>
        field === changed ? withValue(field, mutateMessage(field.value, random)) : field
      ),
      rest
    })
  }

  const mutation = random.pick(Object.values(FIELD_MUTATIONS))

  return joined(...mutation(fields, random).map(({ bytes }) => bytes), rest)
}

/** Whether it looks like one: nothing says so. */
function isMessage({ wireType, value }: WireField): boolean {
  return wireType === WireType.LEN && splitMessage(value).rest.byteLength === 0
}
