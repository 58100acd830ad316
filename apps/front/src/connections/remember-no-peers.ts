import type { Peer, PeerId, PeerStore } from '@libp2p/interface'

export interface RememberNoPeersComponents {
  peerId: PeerId
  peerStore: PeerStore
}

/**
 * Keeps libp2p from noting with each stream that its peer speaks its protocol, and from remembering that
 * for ever: a tenth of a millisecond, for what a node that asks nobody never reads. Of itself it is noted.
 */
export function rememberNoPeers({ peerId, peerStore }: RememberNoPeersComponents): object {
  const { merge } = peerStore

  peerStore.merge = async (id, data, options) =>
    peerId.equals(id) ? merge.call(peerStore, id, data, options) : unknown(id)

  return {}
}

function unknown(id: PeerId): Peer {
  return { id, addresses: [], protocols: [], metadata: new Map(), tags: new Map() }
}
