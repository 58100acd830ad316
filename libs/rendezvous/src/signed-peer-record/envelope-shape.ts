import type { ProtobufShape } from '../protobuf-shape.ts'

/** What proto/envelope.proto says. */
export const ENVELOPE_SHAPE: ProtobufShape = { 1: 'bytes', 2: 'bytes', 3: 'bytes', 5: 'bytes' }
