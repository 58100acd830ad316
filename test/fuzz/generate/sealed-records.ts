import { createHash } from 'node:crypto'
import {
  generateKeyPairFromSeed,
  privateKeyFromRaw,
  publicKeyToProtobuf
} from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { RECORD_KINDS, type RecordKind } from '@rendezvous-cluster/rendezvous'
import { INTERESTING_NUMBERS } from '../mutate/field-mutations.ts'
import { mutateMessage } from '../mutate/mutate-message.ts'
import type { Random } from '../random.ts'
import { decodeReference, encodeReference, MESSAGE_TYPES } from '../reference/message-types.ts'
import { signedBytes } from '../reference/signed-bytes.ts'
import { randomMultiaddr } from './multiaddrs.ts'

/** Peers that are the same in each run. The last one's key is of another type. */
export const KEYS: readonly PrivateKey[] = [
  await generateKeyPairFromSeed('Ed25519', seedOf('one')),
  await generateKeyPairFromSeed('Ed25519', seedOf('other')),
  privateKeyFromRaw(seedOf('third'))
]

interface Envelope {
  publicKey?: Uint8Array
  payloadType?: Uint8Array
  payload?: Uint8Array
  signature?: Uint8Array
}

const EMPTY = new Uint8Array()

/** How often a payload is damaged ahead of being signed, and an envelope afterwards. */
const DAMAGE_SHARE = 0.3

/** A sealed record of a peer. In half of all cases something in it is not as it should be. */
export async function randomRecord(
  kind: RecordKind,
  random: Random,
  key: PrivateKey = random.pick(KEYS)
): Promise<Uint8Array> {
  const signer = random.chance(0.95) ? key : random.pick(KEYS)
  const payload = randomPayload(kind, key.publicKey.toMultihash().bytes, random)
  const sealed = await seal(
    kind,
    random.chance(DAMAGE_SHARE) ? mutateMessage(payload, random) : payload,
    signer
  )

  return random.chance(DAMAGE_SHARE) ? mutateMessage(sealed, random) : sealed
}

/** A sound record of a peer, if it is its key that signs. */
export async function sealRecord(
  kind: RecordKind,
  peerId: Uint8Array,
  signer: PrivateKey
): Promise<Uint8Array> {
  return seal(kind, payloadOf(kind, { peerId, seq: 1n, addresses: [] }), signer)
}

/** The same envelope around a payload changed in one place, signed again by who signed it. */
export async function resealed(
  envelope: Uint8Array,
  kind: RecordKind,
  random: Random
): Promise<Uint8Array> {
  try {
    const { publicKey, payload } = decodeReference<Envelope>(MESSAGE_TYPES.envelope, envelope)
    const signer = KEYS.find(
      (key) => Buffer.compare(publicKeyToProtobuf(key.publicKey), publicKey ?? EMPTY) === 0
    )

    return await seal(kind, mutateMessage(payload ?? EMPTY, random), signer ?? random.pick(KEYS))
  } catch {
    // No envelope: then there is nothing to be kept of it.
    return mutateMessage(envelope, random)
  }
}

function seedOf(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`fuzz ${name}`).digest())
}

function randomPayload(kind: RecordKind, peerId: Uint8Array, random: Random): Uint8Array {
  const count = random.chance(0.02) ? 30 + random.below(5) : random.below(5)
  const addresses = Array.from({ length: count }, () => randomMultiaddr(random))

  return payloadOf(kind, { peerId, seq: random.pick(INTERESTING_NUMBERS), addresses })
}

function payloadOf(
  kind: RecordKind,
  { peerId, seq, addresses }: { peerId: Uint8Array; seq: bigint; addresses: Uint8Array[] }
): Uint8Array {
  return kind === 'waku-peer-record'
    ? encodeReference(MESSAGE_TYPES.wakuPeerRecord, {
        peerId,
        seqNo: seq,
        addresses,
        mixKey: EMPTY
      })
    : encodeReference(MESSAGE_TYPES.peerRecord, {
        peerId,
        seq,
        addresses: addresses.map((multiaddr) => ({ multiaddr }))
      })
}

async function seal(
  kind: RecordKind,
  payload: Uint8Array,
  signer: PrivateKey
): Promise<Uint8Array> {
  const { payloadType } = RECORD_KINDS[kind]

  return encodeReference(MESSAGE_TYPES.envelope, {
    publicKey: publicKeyToProtobuf(signer.publicKey),
    payloadType,
    payload,
    signature: await signer.sign(signedBytes(kind, payload))
  })
}
