import type { PeerId } from '@libp2p/interface'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import {
  checkAddresses,
  type DialectRules,
  kindOfEnvelope,
  type RecordKind,
  type SignatureVerifier,
  verifyPeerRecord
} from '@rendezvous-cluster/rendezvous'
import type { ReceivedRegistration } from '@rendezvous-cluster/wire'
import * as Digest from 'multiformats/hashes/digest'
import { clampTtl } from './clamp-ttl.ts'
import { withoutPeerId } from './without-peer-id.ts'

/** A peer found in a namespace; its addresses are signed by its own key. */
export interface DiscoveredPeer {
  peerId: PeerId
  /** Without `/p2p/…`, in the peer's order. */
  multiaddrs: Multiaddr[]
  /** How long the registration still lives, in seconds, at most what the dialect allows. */
  ttlSeconds: number
  /** Rises with each record of this peer: of two the one with the higher number is newer. */
  seq: bigint
  /** What proves it: the envelope as the peer has sealed it. */
  signedPeerRecord: Uint8Array
  /** Format of the envelope. Only a `peer-record` is known to libp2p's own peer store. */
  recordKind: RecordKind
}

export interface VerifiedRegistrations {
  peers: DiscoveredPeer[]
  /** How many registrations proved nothing. */
  invalidCount: number
}

/**
 * What registrations prove. Those with a bad envelope are dropped; of two of one peer the one with
 * the higher sequence number stands.
 */
export async function discoveredPeers(
  registrations: readonly ReceivedRegistration[],
  rules: DialectRules,
  verify?: SignatureVerifier
): Promise<VerifiedRegistrations> {
  const newest = new Map<string, DiscoveredPeer>()
  let invalidCount = 0

  for (const registration of registrations) {
    const peer = await verifiedOrNone(registration, rules, verify)

    if (peer == null) {
      invalidCount++
      continue
    }

    const peerId = peer.peerId.toString()
    const known = newest.get(peerId)

    if (known == null || known.seq < peer.seq) {
      newest.set(peerId, peer)
    }
  }

  return { peers: [...newest.values()], invalidCount }
}

async function verifiedOrNone(
  { signedPeerRecord, ttl }: ReceivedRegistration,
  rules: DialectRules,
  verify?: SignatureVerifier
): Promise<DiscoveredPeer | undefined> {
  try {
    const { recordKind, otherRecordKinds = [] } = rules
    const kind = kindOfEnvelope(signedPeerRecord, [recordKind, ...otherRecordKinds])
    const record = await verifyPeerRecord(signedPeerRecord, kind, verify)

    checkAddresses(record)

    return {
      peerId: peerIdFromMultihash(Digest.decode(record.peerId)),
      multiaddrs: record.addresses.map((address) => withoutPeerId(multiaddr(address))),
      ttlSeconds: clampTtl(ttl ?? BigInt(rules.ttlSeconds.max), rules),
      seq: record.seq,
      signedPeerRecord,
      recordKind: kind
    }
  } catch {
    // A point vouches for nothing: what does not verify is nobody's registration.
    return undefined
  }
}
