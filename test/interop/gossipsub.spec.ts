import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeInterop, type Interop } from './support/describe-interop.ts'
import {
  type GoLine,
  type GoPeer,
  isFailed,
  isReceived,
  isSubscribed,
  isTopicPeers,
  publish,
  type TopicPeers
} from './support/go-peer.ts'

const PEERS = 10
const WITHIN_MS = 10_000
const PUBLISH_MS = 100

const PROGRAM = fileURLToPath(new URL('js-gossipsub/peer.ts', import.meta.url))

describeInterop('gossipsub peers that know nobody but a front node', (interop) => {
  it('form one mesh of ten processes, and all receive a message', async () => {
    const { point } = await interop.frontNode()
    const topic = interop.namespace
    const peers = Array.from({ length: PEERS }, () => startJsPeer(interop, point, topic))
    const [publisher, ...others] = peers as [GoPeer, ...GoPeer[]]

    await Promise.all(peers.map(peerIdOf))

    const subscribedAtMs = performance.now()

    // What is published before somebody has met others is lost to them: it is said again.
    await saidUntil(publisher, 'to all', () => others.every((peer) => hasReceived(peer, 'to all')))

    const tookMs = performance.now() - subscribedAtMs

    console.log(`ten processes: the message is at all of them ${Math.round(tookMs)} ms after`)
    expect(tookMs).toBeLessThan(WITHIN_MS)
    expect(await isOneMesh(peers)).toBe(true)
    expect(peers.flatMap(({ lines }) => lines.filter(isFailed))).toEqual([])
  })

  it('exchange messages with a Go peer that uses WithDiscovery, both ways', async () => {
    const { point } = await interop.frontNode()
    const topic = interop.namespace
    const go = interop.goPeer('pubsub', { point, topic })
    const [alice, bob] = [0, 1].map(() => startJsPeer(interop, point, topic)) as [GoPeer, GoPeer]
    const all = [go, alice, bob]

    await Promise.all(all.map(peerIdOf))

    await saidUntil(go, 'from Go', () => [alice, bob].every((peer) => hasReceived(peer, 'from Go')))
    await saidUntil(alice, 'from JavaScript', () =>
      [go, bob].every((peer) => hasReceived(peer, 'from JavaScript'))
    )

    expect(await isOneMesh(all)).toBe(true)
  })

  it('are found by a Go peer that comes later', async () => {
    const { point } = await interop.frontNode()
    const topic = interop.namespace
    const js = startJsPeer(interop, point, topic)
    const jsId = await peerIdOf(js)

    const go = interop.goPeer('pubsub', { point, topic })

    const met = await go.first(
      (line): line is TopicPeers => isTopicPeers(line) && line.topicPeers.includes(jsId)
    )

    expect(met.topicPeers).toEqual([jsId])
  })
})

/** It speaks as the Go program does. */
function startJsPeer(interop: Interop, point: string, topic: string): GoPeer {
  return interop.program<GoLine>(process.execPath, [
    PROGRAM,
    `--point=${point}`,
    `--topic=${topic}`
  ])
}

async function peerIdOf(peer: GoPeer): Promise<string> {
  return (await peer.first(isSubscribed)).peerId
}

function hasReceived(peer: GoPeer, data: string): boolean {
  return peer.lines.some((line) => isReceived(line) && line.data === data)
}

async function saidUntil(peer: GoPeer, data: string, isHeard: () => boolean): Promise<void> {
  await expect
    .poll(
      () => {
        publish(peer, data)

        return isHeard()
      },
      { interval: PUBLISH_MS }
    )
    .toBe(true)
}

/** Whether each can be reached from the first, from one connected peer of the topic to the next. */
async function isOneMesh(peers: readonly GoPeer[]): Promise<boolean> {
  const neighbours = new Map<string, readonly string[]>()

  for (const peer of peers) {
    const { topicPeers } = peer.lines.findLast(isTopicPeers) ?? { topicPeers: [] }

    neighbours.set(await peerIdOf(peer), topicPeers)
  }

  const reached = new Set([...neighbours.keys()].slice(0, 1))

  for (const peerId of reached) {
    for (const neighbour of neighbours.get(peerId) ?? []) {
      reached.add(neighbour)
    }
  }

  return reached.size === peers.length
}
