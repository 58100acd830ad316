import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Connection, IdentifyResult } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { onTestFinished } from 'vitest'

/** What a node says to a peer that asks who it is, and over which connection. */
export async function identifyNode(
  address: Multiaddr
): Promise<{ told: IdentifyResult; connection: Connection }> {
  const peer = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify() }
  })

  onTestFinished(async () => void (await peer.stop()))

  const told = Promise.withResolvers<IdentifyResult>()

  peer.addEventListener('peer:identify', ({ detail }) => told.resolve(detail))

  const connection = await peer.dial(address)

  return { told: await told.promise, connection }
}
