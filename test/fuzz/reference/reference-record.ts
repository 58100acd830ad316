import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import type { PublicKey } from '@libp2p/interface'
import {
  type RecordKind,
  RSA_EXPONENT_BITS_MAX,
  RSA_MODULUS_BITS_MAX,
  RSA_MODULUS_BITS_MIN
} from '@rendezvous-cluster/rendezvous'
import protobuf from 'protobufjs'
import { splitMessage, WireType } from '../mutate/wire-fields.ts'
import { decodeReference, encodeReference, MESSAGE_TYPES } from './message-types.ts'
import { signedBytes } from './signed-bytes.ts'

/** Fields of an envelope; empty where they are absent. */
export interface EnvelopeFields {
  publicKey: Uint8Array
  payloadType: Uint8Array
  payload: Uint8Array
  signature: Uint8Array
}

export interface RecordFields {
  peerId: Uint8Array
  seq: bigint
  addresses: Uint8Array[]
}

/** Most values of one field of a record that are read at all. */
const VALUES_MAX = 256

const KEY_TYPES = new Set([0, 1, 2])

/** @see https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#keys */
const PublicKeyMessage = protobuf
  .parse(
    'syntax = "proto2"; message PublicKey { optional int32 type = 1; optional bytes data = 2; }'
  )
  .root.lookupType('PublicKey')

const EMPTY = new Uint8Array()

/** What an envelope says to protobufjs, `undefined` where it is none. */
export function referenceEnvelope(bytes: Uint8Array): EnvelopeFields | undefined {
  try {
    const envelope = decodeReference<Partial<EnvelopeFields>>(MESSAGE_TYPES.envelope, bytes)

    return {
      publicKey: EMPTY,
      payloadType: EMPTY,
      payload: EMPTY,
      signature: EMPTY,
      ...envelope
    }
  } catch {
    // What it throws depends on where it stops; that it throws is the verdict.
    return undefined
  }
}

/** What a record says to protobufjs, `undefined` where it is none or longer than anybody reads. */
export function referencePayload(bytes: Uint8Array, kind: RecordKind): RecordFields | undefined {
  if (hasTooManyValues(bytes)) {
    return undefined
  }

  try {
    return kind === 'waku-peer-record' ? wakuPeerRecord(bytes) : peerRecord(bytes)
  } catch {
    // What it throws depends on where it stops; that it throws is the verdict.
    return undefined
  }
}

/** Values of a fixed size are read by nobody, and so do not count. */
function hasTooManyValues(message: Uint8Array): boolean {
  const counts = new Map<number, number>()

  return splitMessage(message).fields.some(({ number, wireType }) => {
    const count = counts.get(number) ?? 0

    if (wireType === WireType.VARINT || wireType === WireType.LEN) {
      counts.set(number, count + 1)
    }

    return count === VALUES_MAX
  })
}

/** The key in the one way in which it is written, `undefined` where it has no peer id. */
export function canonicalKey(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const key = decodeReference<{ type?: number; data?: Uint8Array }>(PublicKeyMessage, bytes)

    return key.type != null && KEY_TYPES.has(key.type)
      ? encodeReference(PublicKeyMessage, { type: key.type, data: key.data ?? EMPTY })
      : undefined
  } catch {
    // What it throws depends on where it stops; that it throws is the verdict.
    return undefined
  }
}

/** Whether a canonical key is one that we take, of this peer id, and has signed this payload. */
export async function isSignedBy(
  key: Uint8Array,
  kind: RecordKind,
  { payload, signature, peerId }: { payload: Uint8Array; signature: Uint8Array; peerId: Uint8Array }
): Promise<boolean> {
  try {
    const publicKey = publicKeyFromProtobuf(key)

    return (
      isOfAllowedSize(publicKey) &&
      Buffer.compare(publicKey.toMultihash().bytes, peerId) === 0 &&
      (await publicKey.verify(signedBytes(kind, payload), signature))
    )
  } catch {
    // Bytes that are no key, or no signature.
    return false
  }
}

function peerRecord(bytes: Uint8Array): RecordFields {
  const {
    peerId = EMPTY,
    seq = 0n,
    addresses = []
  } = decodeReference<{
    peerId?: Uint8Array
    seq?: bigint
    addresses?: { multiaddr?: Uint8Array }[]
  }>(MESSAGE_TYPES.peerRecord, bytes)

  return { peerId, seq, addresses: addresses.map(({ multiaddr = EMPTY }) => multiaddr) }
}

function wakuPeerRecord(bytes: Uint8Array): RecordFields {
  const {
    peerId = EMPTY,
    seqNo = 0n,
    addresses = []
  } = decodeReference<{
    peerId?: Uint8Array
    seqNo?: bigint
    addresses?: Uint8Array[]
  }>(MESSAGE_TYPES.wakuPeerRecord, bytes)

  return { peerId, seq: seqNo, addresses }
}

function isOfAllowedSize(key: PublicKey): boolean {
  if (key.type !== 'RSA') {
    return true
  }

  const modulusBits = bitsOf(key.jwk.n)
  const exponentBits = bitsOf(key.jwk.e)

  return (
    modulusBits >= RSA_MODULUS_BITS_MIN &&
    modulusBits <= RSA_MODULUS_BITS_MAX &&
    exponentBits > 1 &&
    exponentBits <= RSA_EXPONENT_BITS_MAX
  )
}

function bitsOf(base64url: string | undefined): number {
  const hex = Buffer.from(base64url ?? '', 'base64url').toString('hex')

  return BigInt(`0x0${hex}`) === 0n ? 0 : BigInt(`0x0${hex}`).toString(2).length
}
