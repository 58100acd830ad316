import { equals as uint8ArrayEquals } from 'uint8arrays/equals'
import { ProtobufFields } from '../protobuf-fields.ts'
import { assertProtobufShape } from '../protobuf-shape.ts'
import { ENVELOPE_SHAPE } from './envelope-shape.ts'
import { RECORD_KINDS, type RecordKind } from './record-kind.ts'

/**
 * Which of these kinds an envelope says it is of, by its payload type. The first one where it says
 * something else: verifying it then tells what is wrong.
 */
export function kindOfEnvelope(
  bytes: Uint8Array,
  kinds: readonly [RecordKind, ...RecordKind[]]
): RecordKind {
  if (kinds.length === 1) {
    return kinds[0]
  }

  try {
    assertProtobufShape(bytes, ENVELOPE_SHAPE)

    const payloadType = new ProtobufFields(bytes).bytes(2) ?? new Uint8Array()

    return (
      kinds.find((kind) => uint8ArrayEquals(RECORD_KINDS[kind].payloadType, payloadType)) ??
      kinds[0]
    )
  } catch {
    // No envelope at all: verifying it says so.
    return kinds[0]
  }
}
