/**
 * A gossipsub peer as an application makes it, that knows nobody but a rendezvous point. It prints
 * the lines, and takes the commands, that `pubsub` of `test/interop/go-waku` does.
 *
 *     node peer.ts --point <multiaddr>… --topic <topic>
 */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { pubsubRendezvous, rendezvousClient } from '@rendezvous-cluster/client'
import { createLibp2p } from 'libp2p'

const PEERS_POLL_MS = 50

const { point: points = [], topic = '' } = parseArgs({
  options: { point: { type: 'string', multiple: true }, topic: { type: 'string' } }
}).values

const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: {
    identify: identify(),
    pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }),
    rendezvous: rendezvousClient({ points }),
    topicDiscovery: pubsubRendezvous()
  }
})
const { pubsub } = node.services

pubsub.subscribe(topic)
print({ event: 'subscribed', peerId: node.peerId, multiaddrs: node.getMultiaddrs() })

pubsub.addEventListener('message', ({ detail }) => {
  if (detail.topic === topic && detail.type === 'signed') {
    print({ event: 'message', from: detail.from, data: new TextDecoder().decode(detail.data) })
  }
})

let shown = ''

setInterval(() => {
  const topicPeers = pubsub.getSubscribers(topic).map(String).sort()

  if (String(topicPeers) !== shown) {
    shown = String(topicPeers)
    print({ event: 'peers', topicPeers })
  }
}, PEERS_POLL_MS)

createInterface({ input: process.stdin }).on('line', (line) => {
  const { data } = JSON.parse(line)

  pubsub.publish(topic, new TextEncoder().encode(data)).catch((error: Error) => {
    print({ event: 'error', message: error.message })
  })
})

function print(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
