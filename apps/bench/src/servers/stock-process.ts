/**
 * The same rendezvous point in libp2p as `createLibp2p` makes it by default, with the services most nodes
 * have: what a front node costs is held against it. Started by `peer-servers.ts`; prints its address.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify, identifyPush } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { rendezvousPoint } from '@rendezvous-cluster/point'
import { RendezvousService } from '@rendezvous-cluster/rendezvous'
import { MemoryStore } from '@rendezvous-cluster/stores'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'

/** Few peers stand for many here, so what one peer may do is not bounded. */
const UNBOUNDED = {
  costUnits: { perSecond: 1e6, burst: 1e7 },
  bytesOut: { perSecond: 2 ** 30, burst: 2 ** 30 },
  idleStreamMs: 3_600_000,
  messagesPerStream: 1e9
}

const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionManager: {
    maxConnections: 100_000,
    maxIncomingPendingConnections: 1000,
    inboundConnectionThreshold: 100_000
  },
  services: {
    identify: identify(),
    identifyPush: identifyPush(),
    ping: ping(),
    rendezvous: rendezvousPoint({
      service: new RendezvousService({ store: new MemoryStore() }),
      dialects: [DIALECTS.libp2p],
      limits: UNBOUNDED
    })
  }
})

process.stdout.write(
  `${JSON.stringify({ event: 'ready', multiaddr: node.getMultiaddrs()[0]?.toString() })}\n`
)
process.stdin.on('end', () => void node.stop()).resume()
