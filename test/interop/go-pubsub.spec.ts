import { expect, it } from 'vitest'
import { describeInterop } from './support/describe-interop.ts'
import {
  type Advertised,
  type GoPeer,
  isAdvertised,
  isFailed,
  isFound,
  isReceived,
  isSubscribed,
  isTopicPeers,
  publish,
  type Received,
  type TopicPeers
} from './support/go-peer.ts'

const TTL_MS = 20_000

describeInterop('Go peers with gossipsub', (interop) => {
  it('find each other through a front node, and receive what the other publishes', async () => {
    const { point } = await interop.frontNode()
    const topic = interop.namespace
    const [alice, bob] = [
      interop.goPeer('pubsub', { point, topic, publish: 'from Alice', 'every-ms': 200 }),
      interop.goPeer('pubsub', { point, topic, 'key-type': 'secp256k1' })
    ]
    const ids = { alice: await peerId(alice), bob: await peerId(bob) }

    await Promise.all([untilMet(alice, ids.bob), untilMet(bob, ids.alice)])
    const toBob = await messageFrom(bob, ids.alice)

    // Who receives a message has its sender in the mesh, and thus can answer.
    publish(bob, 'from Bob')

    const toAlice = await messageFrom(alice, ids.bob)

    expect(toBob.data).toBe('from Alice')
    expect(toAlice.data).toBe('from Bob')
    expect([...alice.lines, ...bob.lines].filter(isFailed)).toEqual([])
  })

  it('find each other through different front nodes on one Redis', async () => {
    const [a, b] = await Promise.all([interop.frontNode(), interop.frontNode()])
    const topic = interop.namespace
    const peers = [[a.point], [b.point], [a.point, b.point]].map((point) =>
      interop.goPeer('pubsub', { point, topic })
    )
    const ids = await Promise.all(peers.map(peerId))

    const met = peers.flatMap((peer, index) =>
      ids.filter((_, other) => other !== index).map((id) => untilMet(peer, id))
    )

    await expect(Promise.all(met)).resolves.toHaveLength(6)
  })

  it('are registered under floodsub: and the topic, again when their TTL elapses', async () => {
    const { point } = await interop.frontNode()
    const topic = interop.namespace
    const peer = interop.goPeer('pubsub', { point, topic })

    const first = await peer.first(isAdvertised)
    const second = await peer.first(
      (line): line is Advertised => isAdvertised(line) && line.atMs > first.atMs
    )
    const flags = { point, namespace: `floodsub:${topic}` }
    const [found] = (await interop.goPeer('find', flags).done()).filter(isFound)

    expect(first.ttlSeconds * 1000).toBe(TTL_MS)
    expect(second.atMs - first.atMs).toBeGreaterThanOrEqual(TTL_MS)
    expect(found?.peers).toEqual([{ peerId: first.peerId, multiaddrs: first.multiaddrs }])
  })
})

async function peerId(pubsub: GoPeer): Promise<string> {
  return (await pubsub.first(isSubscribed)).peerId
}

async function untilMet(pubsub: GoPeer, other: string): Promise<TopicPeers> {
  return pubsub.first(
    (line): line is TopicPeers => isTopicPeers(line) && line.topicPeers.includes(other)
  )
}

async function messageFrom(pubsub: GoPeer, sender: string): Promise<Received> {
  return pubsub.first((line): line is Received => isReceived(line) && line.from === sender)
}
