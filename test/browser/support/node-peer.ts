import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { type Identify, identify } from '@libp2p/identify'
import type { Libp2p, ServiceMap } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { type Rendezvous, rendezvousClient } from '@rendezvous-cluster/client'
import { createLibp2p } from 'libp2p'

interface NodePeerServices extends ServiceMap {
  identify: Identify
  rendezvous: Rendezvous
}

/** A peer in Node, which speaks TCP and no WebSockets. */
export async function startNodePeer(point: string): Promise<Libp2p<NodePeerServices>> {
  return await createLibp2p<NodePeerServices>({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp(), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      rendezvous: rendezvousClient({ points: [point], watchIntervalMs: 500 })
    }
  })
}
