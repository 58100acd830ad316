import type { ProtobufShape } from '@rendezvous-cluster/rendezvous'

const REGISTER: ProtobufShape = { 1: 'bytes', 2: 'bytes', 3: 'integer' }

/** What proto/libp2p.proto says of wire types, for a decoder that does not look at them. */
export const LIBP2P_SHAPE: ProtobufShape = {
  1: 'int32',
  2: REGISTER,
  3: { 1: 'int32', 2: 'bytes', 3: 'integer' },
  4: { 1: 'bytes', 2: 'bytes' },
  5: { 1: 'bytes', 2: 'integer', 3: 'bytes' },
  6: { 1: REGISTER, 2: 'bytes', 3: 'int32', 4: 'bytes' }
}
