import type { PrivateKey } from '@libp2p/interface'
import type { Protocol } from '../conformance/protocols.ts'
import { manyAddresses, paddedTo, sealRecord } from '../conformance/records.ts'
import { ENVELOPE_BYTES_MAX } from '../conformance/refusals.ts'

/** What a forger has to work with. */
export interface ForgeryMaterial {
  /** Its own key: that of its connection. */
  forger: PrivateKey
  /** Of nobody who is connected. */
  stranger: PrivateKey
  /** A record of an honest peer, as a DISCOVER returned it. */
  stolen: { envelope: Uint8Array; peerId: Uint8Array }
  protocol: Protocol
}

/** A REGISTER that has to be refused. */
export interface Forgery {
  record: Uint8Array
  ttlSeconds: number
}

const TTL_SECONDS = 20

/** Addresses in one record at most. */
const ADDRESSES_MAX = 32

/**
 * Every way to get into a namespace, or to get somebody else out of it, that is open to a peer
 * which has no right to it.
 */
export const FORGERIES = {
  'signature altered': async ({ forger, protocol }) =>
    lasting(flipped(await sealRecord(forger, protocol), -1)),
  'payload altered': async ({ forger, protocol }) => {
    const record = await sealRecord(forger, protocol)

    // A part of the address: behind it there are only field 5's tag and length, and the signature.
    return lasting(flipped(record, -1 - SIGNATURE_BYTES - 2))
  },
  'signed by another key': async ({ forger, stranger, protocol }) =>
    lasting(await sealRecord(stranger, protocol, { peerId: idOf(forger) })),
  "somebody else's id": async ({ forger, stolen, protocol }) =>
    lasting(await sealRecord(forger, protocol, { peerId: stolen.peerId })),
  "somebody else's record": async ({ stolen }) => lasting(stolen.envelope),
  "a stranger's record": async ({ stranger, protocol }) =>
    lasting(await sealRecord(stranger, protocol, { seq: 1 })),
  'envelope too big': async ({ forger, protocol }) =>
    lasting(paddedTo(await sealRecord(forger, protocol), ENVELOPE_BYTES_MAX + 1)),
  'too many addresses': async ({ forger, protocol }) =>
    lasting(await sealRecord(forger, protocol, { addresses: manyAddresses(ADDRESSES_MAX + 1) })),
  'TTL too long': async ({ forger, protocol }) => ({
    record: await sealRecord(forger, protocol),
    ttlSeconds: protocol.ttlSeconds.max + 1
  })
} as const satisfies Record<string, (material: ForgeryMaterial) => Promise<Forgery>>

export type ForgeryKind = keyof typeof FORGERIES

export const FORGERY_KINDS = Object.keys(FORGERIES) as ForgeryKind[]

/** Ed25519's. */
const SIGNATURE_BYTES = 64

function lasting(record: Uint8Array): Forgery {
  return { record, ttlSeconds: TTL_SECONDS }
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.with(index, (bytes.at(index) as number) ^ 1)
}

export function idOf({ publicKey }: PrivateKey): Uint8Array {
  return publicKey.toMultihash().bytes
}
