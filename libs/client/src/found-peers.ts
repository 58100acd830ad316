import type { Logger, PeerInfo, PeerStore } from '@libp2p/interface'
import type { DiscoveredPeer } from './discovered-peers.ts'

/** How found peers are tagged, as libp2p's other discoveries do. */
export interface FoundPeersTag {
  /** Default `rendezvous`. */
  tagName?: string
  /** From 0 to 100: how much their connections matter. Default 50. */
  tagValue?: number
  /** Milliseconds, at most as long as the registration lives. Default two minutes. */
  tagTTL?: number
}

export const TAG_NAME_DEFAULT = 'rendezvous'
export const TAG_VALUE_DEFAULT = 50
export const TAG_TTL_DEFAULT = 120_000

export interface FoundPeersInit extends FoundPeersTag {
  peerStore: PeerStore
  log: Logger
  onPeer: (peer: PeerInfo) => void
}

/** Makes found peers known to libp2p: it can then dial them by their peer id. */
export class FoundPeers {
  readonly #init: FoundPeersInit

  constructor(init: FoundPeersInit) {
    this.#init = init
  }

  async add(peer: DiscoveredPeer): Promise<void> {
    const { peerStore, log, onPeer } = this.#init
    const { tagName = TAG_NAME_DEFAULT, tagValue = TAG_VALUE_DEFAULT } = this.#init
    const { tagTTL = TAG_TTL_DEFAULT } = this.#init
    const { peerId, multiaddrs, signedPeerRecord, recordKind, ttlSeconds } = peer

    try {
      // libp2p verifies it once more, and then knows the addresses as certified.
      if (recordKind === 'peer-record') {
        await peerStore.consumePeerRecord(signedPeerRecord, { expectedPeer: peerId })
      }

      await peerStore.merge(peerId, {
        multiaddrs,
        tags: { [tagName]: { value: tagValue, ttl: Math.min(tagTTL, ttlSeconds * 1000) } }
      })
    } catch (error) {
      log.error('could not store %p - %e', peerId, error)
    }

    onPeer({ id: peerId, multiaddrs })
  }
}
