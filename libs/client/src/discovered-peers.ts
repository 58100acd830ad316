import type { PeerId } from '@libp2p/interface'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import {
  checkAddresses,
  type DialectRules,
  kindOfEnvelope,
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
}

/**
 * What registrations prove. Those with a bad envelope are dropped; of two of one peer the one with
 * the higher sequence number stands.
 */
export async function discoveredPeers(
  registrations: readonly ReceivedRegistration[],
  rules: DialectRules,
  verify?: SignatureVerifier
): Promise<DiscoveredPeer[]> {
  const newest = new Map<string, { peer: DiscoveredPeer; seq: bigint }>()

  for (const registration of registrations) {
    const found = await verifiedOrNone(registration, rules, verify)

    if (found == null) {
      continue
    }

    const peerId = found.peer.peerId.toString()
    const known = newest.get(peerId)

    if (known == null || known.seq < found.seq) {
      newest.set(peerId, found)
    }
  }

  return [...newest.values()].map(({ peer }) => peer)
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
        ttlSeconds: clampTtl(ttl ?? BigInt(rules.ttlSeconds.max), rules)
      },
      seq: record.seq
    }
  } catch {
    // A point vouches for nothing: what does not verify is nobody's registration.
    return undefined
  }
}
