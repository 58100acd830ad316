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

/** A peer found in a namespace; its addresses are signed by its own key. */
export interface DiscoveredPeer {
  peerId: PeerId
  /** Without `/p2p/…`, in the peer's order. */
  multiaddrs: Multiaddr[]
  /** How long the registration still lives, in seconds, at most what the dialect allows. */
  ttlSeconds: number
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
  const newest = new Map<string, { peer: DiscoveredPeer; seq: bigint }>()
  let invalidCount = 0

  for (const registration of registrations) {
    const found = await verifiedOrNone(registration, rules, verify)

    if (found == null) {
      invalidCount++
      continue
    }

    const peerId = found.peer.peerId.toString()
    const known = newest.get(peerId)

    if (known == null || known.seq < found.seq) {
      newest.set(peerId, found)
    }
  }

  return { peers: [...newest.values()].map(({ peer }) => peer), invalidCount }
}

async function verifiedOrNone(
  { signedPeerRecord, ttl }: ReceivedRegistration,
  rules: DialectRules,
  verify?: SignatureVerifier
): Promise<{ peer: DiscoveredPeer; seq: bigint } | undefined> {
  try {
    const { recordKind, otherRecordKinds = [] } = rules
    const kind = kindOfEnvelope(signedPeerRecord, [recordKind, ...otherRecordKinds])
    const record = await verifyPeerRecord(signedPeerRecord, kind, verify)

    checkAddresses(record)

    return {
      peer: {
        peerId: peerIdFromMultihash(Digest.decode(record.peerId)),
        multiaddrs: record.addresses.map((address) => multiaddr(address)),
        ttlSeconds: clampTtl(ttl ?? BigInt(rules.ttlSeconds.max), rules),
        signedPeerRecord,
        recordKind: kind
      },
      seq: record.seq
    }
  } catch {
    // A point vouches for nothing: what does not verify is nobody's registration.
    return undefined
  }
}
