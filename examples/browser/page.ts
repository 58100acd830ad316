/**
 * A page that is a libp2p peer: it registers at a rendezvous point, and shows who else has. What it
 * takes is in the URL: `?point=<multiaddr>&namespace=<text>&relay=<multiaddr>`.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { type DiscoveredPeer, rendezvousClient } from '@rendezvous-cluster/client'
import { createLibp2p } from 'libp2p'
import { hideState, leaving, readForm, showProblem, showState } from './view.ts'

/** Seconds. Short, because a page that is closed cannot unregister. */
const TTL_SECONDS = 120

const { point, namespace, relay } = readForm(new URLSearchParams(location.search))

if (point !== '') {
  join(leaving()).catch(showProblem)
}

async function join(left: AbortSignal): Promise<void> {
  const relayAddress = relay === '' ? undefined : multiaddr(relay)
  const node = await createLibp2p({
    // A page cannot listen. With a relay it gets an address there, at which others reach it.
    addresses: { listen: relayAddress == null ? [] : ['/p2p-circuit'] },
    transports: [webSockets(), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // In a page libp2p dials neither ws:// nor private addresses, which is all there is on a
    // developer's machine. Leave this line out where points and relays have certificates.
    connectionGater: { denyDialMultiaddr: () => false },
    services: {
      identify: identify(),
      rendezvous: rendezvousClient({ points: [point], ttlSeconds: TTL_SECONDS })
    }
  })
  const { rendezvous } = node.services
  const peers = new Map<string, DiscoveredPeer>()
  let relayFailed = false

  const show = (): void => showState({ node, rendezvous, peers, namespace, relay, relayFailed })
  const showing = setInterval(show, 1000)

  if (relayAddress != null) {
    node.dial(relayAddress).catch(() => {
      relayFailed = true
    })
  }

  try {
    rendezvous.addEventListener('registration:change', show)
    rendezvous.keepRegistered(namespace)

    for await (const peer of rendezvous.watch(namespace, { signal: left })) {
      peers.set(peer.peerId.toString(), peer)
      show()
    }
  } catch (error) {
    if (!left.aborted) {
      throw error
    }
  } finally {
    clearInterval(showing)
    await node.stop() // Unregisters too.
    rendezvous.removeEventListener('registration:change', show)
    hideState()
  }
}
