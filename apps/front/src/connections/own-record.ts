import type { Peer, PeerId, PeerStore, PrivateKey } from '@libp2p/interface'
import type { AddressManager } from '@libp2p/interface-internal'
import { sealPeerRecord } from '@rendezvous-cluster/client'

/** Of a multiaddr, in multiaddr's table of protocols. */
const P2P = 421

export interface OwnRecordComponents {
  peerId: PeerId
  privateKey: PrivateKey
  peerStore: PeerStore
  addressManager: AddressManager
  events: { addEventListener(type: 'self:peer:update', listener: () => void): void }
}

/**
 * Has this node's record sealed once, and what identify tells of it read once, until either changes.
 * Without that libp2p signs one for each peer that asks.
 */
export function keepOwnRecord(components: OwnRecordComponents): object {
  const { peerId, peerStore, events } = components
  const { get } = peerStore
  let self: Promise<Peer> | undefined

  async function readSelf(): Promise<Peer> {
    const peer = await get.call(peerStore, peerId)

    return { ...peer, peerRecordEnvelope: peer.peerRecordEnvelope ?? (await sealed(components)) }
  }

  peerStore.get = (id, options) => {
    if (!peerId.equals(id)) {
      return get.call(peerStore, id, options)
    }

    if (self == null) {
      const reading = readSelf()

      self = reading
      reading.catch(() => {
        self = undefined
      })
    }

    return self
  }

  events.addEventListener('self:peer:update', () => {
    self = undefined
  })

  return {}
}

async function sealed(components: OwnRecordComponents): Promise<Uint8Array | undefined> {
  const { privateKey, addressManager } = components
  const multiaddrs = addressManager.getAddresses().map((address) => address.decapsulateCode(P2P))

  return multiaddrs.length === 0 ? undefined : sealPeerRecord(privateKey, multiaddrs)
}
