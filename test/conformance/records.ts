import { publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { bytesOf } from './answers.ts'
import { bytesField, joined, numberField, readFields, text, varint } from './protobuf.ts'
import type { Protocol } from './protocols.ts'

/** What a record says, where it differs from what it should. */
export interface RecordOddities {
  /** Named in the payload. Default: the key's own. */
  peerId?: Uint8Array
  addresses?: readonly Uint8Array[]
  seq?: bigint | number
  /** Signed for. Default: the protocol's. */
  domain?: string
  /** Of the envelope. Default: the protocol's. */
  payloadType?: Uint8Array
  /** Fields behind those of the envelope. */
  trailer?: Uint8Array
}

export const ADDRESS = addressBytes('/ip4/192.0.2.1/tcp/60000')

export function addressBytes(address: string): Uint8Array {
  return multiaddr(address).bytes
}

/** So many addresses, all different. */
export function manyAddresses(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) =>
    addressBytes(`/ip4/192.0.2.1/tcp/${index + 1}`)
  )
}

/**
 * A signed envelope around a peer record, written field by field.
 *
 * @see https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md
 */
export async function sealRecord(
  key: PrivateKey,
  { record }: Protocol,
  oddities: RecordOddities = {}
): Promise<Uint8Array> {
  const { domain = record.domain, payloadType = record.payloadType, trailer } = oddities
  const payload = payloadBytes(key, record.domain, oddities)
  const signature = await key.sign(signedBytes(domain, payloadType, payload))

  return joined(
    bytesField(1, publicKeyToProtobuf(key.publicKey)),
    bytesField(2, payloadType),
    bytesField(3, payload),
    bytesField(5, new Uint8Array(signature)),
    trailer ?? new Uint8Array()
  )
}

/** Whether an envelope is signed for this protocol by the key in it. */
export async function isSealed(envelope: Uint8Array, { record }: Protocol): Promise<boolean> {
  const fields = readFields(envelope)
  const [key, payloadType, payload, signature] = [1, 2, 3, 5].map(
    (field) => bytesOf(fields, field) ?? new Uint8Array()
  ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]

  return publicKeyFromProtobuf(key).verify(
    signedBytes(record.domain, payloadType, payload),
    signature
  )
}

/** Pads an envelope to an exact size by a field that nobody knows. */
export function paddedTo(envelope: Uint8Array, bytes: number): Uint8Array {
  // Two bytes of tag, two of length.
  const padding = bytesField(99, new Uint8Array(bytes - envelope.byteLength - 4))
  const padded = joined(envelope, padding)

  if (padded.byteLength !== bytes) {
    throw new RangeError(`can't pad ${envelope.byteLength} bytes to ${bytes}`)
  }

  return padded
}

/** Addresses are messages in one kind of record, and bytes in the other. */
function payloadBytes(key: PrivateKey, domain: string, oddities: RecordOddities): Uint8Array {
  const { peerId = key.publicKey.toMultihash().bytes, seq = Date.now(), addresses } = oddities
  const isCustom = domain === 'libp2p-custom-peer-record'

  return joined(
    bytesField(1, peerId),
    numberField(2, seq),
    ...(addresses ?? [ADDRESS]).map((address) =>
      bytesField(3, isCustom ? address : bytesField(1, address))
    ),
    // Its readers want a mix key to be there.
    isCustom ? bytesField(4, new Uint8Array()) : new Uint8Array()
  )
}

/** @see https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md */
function signedBytes(domain: string, payloadType: Uint8Array, payload: Uint8Array): Uint8Array {
  return joined(
    ...[text(domain), payloadType, payload].flatMap((part) => [varint(part.byteLength), part])
  )
}
