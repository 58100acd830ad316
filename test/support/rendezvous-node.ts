import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { type Identify, identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import { tcp } from '@libp2p/tcp'
import {
  type Rendezvous,
  type RendezvousClientComponents,
  type RendezvousClientInit,
  rendezvousClient
} from '@rendezvous-cluster/client'
import { createLibp2p } from 'libp2p'

/** A node as an application makes it, with the client as a service. */
export type RendezvousNode = Libp2p<{ identify: Identify; rendezvous: Rendezvous }>

export interface RendezvousNodeInit extends RendezvousClientInit {
  /** Multiaddrs. Default: loopback, on a free port. */
  listen?: string[]
  /** Told of libp2p's own parts, which an application does not see. */
  onComponents?: (components: { transportManager: TransportManager }) => void
}

export function createRendezvousNode({
  listen = ['/ip4/127.0.0.1/tcp/0'],
  onComponents = () => {},
  ...init
}: RendezvousNodeInit): Promise<RendezvousNode> {
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      rendezvous: (components: RendezvousClientComponents & Parameters<typeof onComponents>[0]) => {
        onComponents(components)

        return rendezvousClient(init)(components)
      }
    }
  })
}

/** Peer ids of a namespace as a node finds them, sorted. */
export async function findPeers(
  { services }: Pick<RendezvousNode, 'services'>,
  namespace: string
): Promise<string[]> {
  const found: string[] = []

  for await (const { peerId } of services.rendezvous.discover(namespace)) {
    found.push(peerId.toString())
  }

  return found.sort()
}
