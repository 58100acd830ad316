import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '../src/seal-peer-record.ts'
import type { StubRegistration } from './stub-answers.ts'

const ADDRESS = '/ip4/192.0.2.2/tcp/4001'

/** A peer that others register, and what they say of it. */
export interface StubPeer {
  peerId: string
  privateKey: PrivateKey
  /** Its records by their number, at one address unless others are given. */
  seal(seq: number, addresses?: string[]): Promise<Uint8Array>
}

export async function createPeer(privateKey?: PrivateKey): Promise<StubPeer> {
  const key = privateKey ?? (await generateKeyPair('Ed25519'))

  return {
    peerId: peerIdFromPrivateKey(key).toString(),
    privateKey: key,
    seal: (seq, addresses = [ADDRESS]) =>
      sealPeerRecord(key, addresses.map(multiaddr), { seq: BigInt(seq) })
  }
}

/** Registrations that prove nothing. */
export async function badRegistrations(namespace: string): Promise<StubRegistration[]> {
  const peer = await createPeer()
  const record = await peer.seal(1)
  const forged = record.with(-1, (record.at(-1) as number) ^ 1)
  // As whoever wants to send others elsewhere than to a peer would do it.
  const signedByAnother = await RecordEnvelope.seal(
    new PeerRecord({
      peerId: peerIdFromPrivateKey(peer.privateKey),
      multiaddrs: [multiaddr(ADDRESS)]
    }),
    await generateKeyPair('Ed25519')
  )

  return [forged, record.subarray(0, -20), signedByAnother.marshal(), Uint8Array.of()].map(
    (record) => ({ namespace, record })
  )
}
