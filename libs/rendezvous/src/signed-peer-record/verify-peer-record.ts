import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import type { PublicKey } from '@libp2p/interface'
import { equals as uint8ArrayEquals } from 'uint8arrays/equals'
import { InvalidPeerRecordError } from '../errors.ts'
import { ADDRESS_BYTES_MAX, ADDRESSES_MAX, ENVELOPE_BYTES_MAX } from '../limits.ts'
import { ProtobufFields } from '../protobuf-fields.ts'
import { assertProtobufShape, type ProtobufShape } from '../protobuf-shape.ts'
import { ENVELOPE_SHAPE } from './envelope-shape.ts'
import { assertMultiaddr } from './multiaddr-bytes.ts'
import { readPayload } from './read-payload.ts'
import { RECORD_KINDS, type RecordKind } from './record-kind.ts'
import { isRsaKeyWithinLimits } from './rsa-limits.ts'
import { signaturePayload } from './signature-payload.ts'
import { type SignatureVerifier, verifySignature } from './verify-signature.ts'

const PUBLIC_KEY_SHAPE: ProtobufShape = { 1: 'int32', 2: 'bytes' }

/** RSA, Ed25519 and secp256k1: js-libp2p has no peer ids of ECDSA keys. */
const PEER_ID_KEY_TYPES: ReadonlySet<bigint> = new Set([0n, 1n, 2n])

/** More addresses than can be of any use are not even read, let alone counted. */
const ADDRESSES_READ_MAX = 8 * ADDRESSES_MAX

/** What a verified envelope says. */
export interface VerifiedPeerRecord {
  /** The peer id as its multihash; the envelope is signed by its key. */
  peerId: Uint8Array
  /** Unix seconds from Go, Nim and Rust peers, milliseconds from JavaScript. Not used for ordering. */
  seq: bigint
  /** Binary multiaddrs in the peer's order. */
  addresses: Uint8Array[]
}

/**
 * Opens a signed envelope and verifies all of it that does not depend on who sent it: signature
 * over the domain, payload type, the signing key being the peer id's, size, each address readable.
 *
 * @throws InvalidPeerRecordError "invalid peer record", or "peer info too long" for a sound
 * envelope above {@link ENVELOPE_BYTES_MAX}
 * @see https://github.com/libp2p/specs/blob/master/RFC/0002-signed-envelopes.md
 * @see https://github.com/libp2p/specs/blob/master/RFC/0003-routing-records.md
 */
export async function verifyPeerRecord(
  bytes: Uint8Array,
  kind: RecordKind,
  verify: SignatureVerifier = verifySignature
): Promise<VerifiedPeerRecord> {
  const record = await open(bytes, kind, verify).catch((cause: unknown) => {
    throw new InvalidPeerRecordError('invalid peer record', { cause })
  })

  if (bytes.byteLength > ENVELOPE_BYTES_MAX) {
    throw new InvalidPeerRecordError('peer info too long')
  }

  return record
}

/**
 * The bounds on a record's addresses, apart from {@link verifyPeerRecord} because the protocol
 * checks the record's owner in between.
 *
 * @throws InvalidPeerRecordError "missing peer addresses" or "peer info too long"
 */
export function checkAddresses({ addresses }: VerifiedPeerRecord): void {
  if (addresses.length === 0) {
    throw new InvalidPeerRecordError('missing peer addresses')
  }

  if (!isWithinAddressLimits(addresses)) {
    throw new InvalidPeerRecordError('peer info too long')
  }
}

function isWithinAddressLimits(addresses: readonly Uint8Array[]): boolean {
  const bytes = addresses.reduce((sum, address) => sum + address.byteLength, 0)

  return addresses.length <= ADDRESSES_MAX && bytes <= ADDRESS_BYTES_MAX
}

async function open(
  bytes: Uint8Array,
  kind: RecordKind,
  verify: SignatureVerifier
): Promise<VerifiedPeerRecord> {
  const { domain, payloadType } = RECORD_KINDS[kind]

  assertProtobufShape(bytes, ENVELOPE_SHAPE)

  const envelope = new ProtobufFields(bytes)
  const payload = envelope.bytes(3) ?? new Uint8Array()

  if (!uint8ArrayEquals(envelope.bytes(2) ?? new Uint8Array(), payloadType)) {
    throw new Error('unexpected payload type')
  }

  const publicKey = readPublicKey(envelope.bytes(1))

  const { peerId, seq, addresses } = readPayload(payload, kind, ADDRESSES_READ_MAX)

  if (!uint8ArrayEquals(peerId, publicKey.toMultihash().bytes)) {
    throw new Error('the signing key is not the key of the peer id')
  }

  // More than allowed are refused later in any case: not worth the reading.
  if (isWithinAddressLimits(addresses)) {
    // Readers that decode every record of an answer drop the whole answer over one bad address.
    addresses.forEach(assertMultiaddr)
  }

  const message = signaturePayload(domain, payloadType, payload)
  const signature = envelope.bytes(5) ?? new Uint8Array()

  if (!(await verify(publicKey, message, signature))) {
    throw new Error('the signature does not verify')
  }

  return { peerId, seq, addresses }
}

/** @see https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#keys */
function readPublicKey(bytes: Uint8Array = new Uint8Array()): PublicKey {
  assertProtobufShape(bytes, PUBLIC_KEY_SHAPE)

  const type = new ProtobufFields(bytes).integer(1)

  // Others may be costly to read.
  if (type == null || !PEER_ID_KEY_TYPES.has(type)) {
    throw new Error('no peer ids of this key type')
  }

  const publicKey = publicKeyFromProtobuf(bytes)

  if (publicKey.type === 'RSA' && !isRsaKeyWithinLimits(publicKey)) {
    throw new Error('RSA key outside of the limits')
  }

  return publicKey
}
