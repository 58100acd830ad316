import { RECORD_KINDS, type RecordKind } from '@rendezvous-cluster/rendezvous'
import { joined, text, varint } from '../../conformance/protobuf.ts'

/**
 * What the signature of an envelope covers.
 *
 * @see https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md#signature-production--verification
 */
export function signedBytes(kind: RecordKind, payload: Uint8Array): Uint8Array {
  const { domain, payloadType } = RECORD_KINDS[kind]

  return joined(
    ...[text(domain), payloadType, payload].flatMap((part) => [varint(part.byteLength), part])
  )
}
