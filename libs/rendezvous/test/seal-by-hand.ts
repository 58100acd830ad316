import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { encode as encodeVarint } from 'uint8-varint'
import { RECORD_KINDS } from '../src/signed-peer-record/record-kind.ts'
import { signaturePayload } from '../src/signed-peer-record/signature-payload.ts'

const { payloadType } = RECORD_KINDS['peer-record']

export const ADDRESS = multiaddr('/ip4/192.0.2.1/tcp/60000')

/** As plain arrays, which is what frames are: Vitest tells a Buffer from them. */
export function joined(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** A length-delimited protobuf field: written here, so that tests can write odd ones. */
export function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return joined([encodeVarint(field * 8 + 2), encodeVarint(bytes.byteLength), bytes])
}

/** The payload of an envelope. */
export function peerRecordBytes(
  peerId: Uint8Array,
  addresses: readonly (Multiaddr | Uint8Array)[] = [ADDRESS]
): Uint8Array {
  return joined([
    bytesField(1, peerId),
    Buffer.from([0x10, 0x07]),
    ...addresses.map((address) =>
      bytesField(3, bytesField(1, address instanceof Uint8Array ? address : address.bytes))
    )
  ])
}

export interface EnvelopeParts {
  /** As a protobuf message. */
  publicKey: Uint8Array
  payload: Uint8Array
  signature: Uint8Array
}

export function envelopeBytes({ publicKey, payload, signature }: EnvelopeParts): Uint8Array {
  return joined([
    bytesField(1, publicKey),
    bytesField(2, payloadType),
    bytesField(3, payload),
    bytesField(5, signature)
  ])
}

/** Signs a payload of any bytes as a peer record of this key, or as something of another domain. */
export async function sealPayload(
  privateKey: PrivateKey,
  payload: Uint8Array,
  domain = RECORD_KINDS['peer-record'].domain
): Promise<EnvelopeParts> {
  return {
    publicKey: publicKeyToProtobuf(privateKey.publicKey),
    payload,
    signature: await privateKey.sign(signaturePayload(domain, payloadType, payload))
  }
}

/** A sound envelope of this key with any addresses, also ones that libraries refuse to write. */
export async function sealAddresses(
  privateKey: PrivateKey,
  addresses?: readonly (Multiaddr | Uint8Array)[]
): Promise<Uint8Array> {
  const peerId = privateKey.publicKey.toMultihash().bytes

  return envelopeBytes(await sealPayload(privateKey, peerRecordBytes(peerId, addresses)))
}

/** So many addresses of 8 bytes each, all different. */
export function manyAddresses(count: number): Multiaddr[] {
  return Array.from({ length: count }, (_, index) => multiaddr(`/ip4/192.0.2.1/tcp/${index + 1}`))
}
