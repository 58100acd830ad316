import { expect, it } from 'vitest'
import { median } from '../support/median.ts'
import { describeInterop, type Interop } from './support/describe-interop.ts'
import {
  type Advertised,
  type Found,
  type GoPeer,
  holds,
  isAdvertised,
  isFound
} from './support/go-peer.ts'

const PEERS = 10
const VISIBLE_MS = 100

describeInterop('two front nodes on one Redis', (interop) => {
  it('what a Go peer registers at one is in every answer of the other within 100 ms', async () => {
    const [a, b] = await Promise.all([interop.frontNode(), interop.frontNode()])
    const { namespace } = interop
    const reader = interop.goPeer('find', { point: b.point, namespace, count: 0, 'every-ms': 5 })
    const registered: Advertised[] = []
    const delaysMs: number[] = []

    await reader.first(isFound)

    for (let peer = 0; peer < PEERS; peer++) {
      const advertised = await advertise(interop, a.point)

      registered.push(advertised)
      delaysMs.push((await firstSight(reader, advertised.peerId)) - advertised.atMs)
    }

    await answerAskedAt(reader, Date.now() + VISIBLE_MS)

    console.log(`from the answer at one node to the answer at the other, ms: ${delaysMs.join(' ')}`)
    expect(median(delaysMs)).toBeLessThan(VISIBLE_MS)
    // By the time of the question: how long this machine lets a process wait is no fault of a node.
    for (const { peerId, atMs } of registered) {
      const late = reader.lines
        .filter(isFound)
        .filter((line) => askedAtMs(line) >= atMs + VISIBLE_MS)

      expect(late.length).toBeGreaterThan(0)
      expect(late.filter((line) => !holds(line, peerId))).toEqual([])
    }
  })

  it('a node goes on answering with what was registered at another that has died', async () => {
    const [a, b] = await Promise.all([interop.frontNode(), interop.frontNode()])
    const registered: Advertised[] = []

    for (let peer = 0; peer < PEERS; peer++) {
      registered.push(await advertise(interop, a.point))
    }

    const end = await a.kill('SIGKILL')

    const flags = { point: b.point, namespace: interop.namespace, count: 20, 'every-ms': 100 }
    const answers = (await interop.goPeer('find', flags).done()).filter(isFound)

    expect(end.signal).toBe('SIGKILL')
    expect(answers).toHaveLength(20)
    for (const { peers } of answers) {
      expect(byPeerId(peers)).toEqual(byPeerId(registered))
    }
  })
})

async function advertise(interop: Interop, point: string): Promise<Advertised> {
  const { namespace } = interop

  return interop.goPeer('advertise', { point, namespace }).first(isAdvertised)
}

/** When a reader was first told of a peer. */
async function firstSight(reader: GoPeer, peerId: string): Promise<number> {
  for await (const line of reader) {
    if (isFound(line) && holds(line, peerId)) {
      return line.atMs
    }
  }

  throw new Error(`the reader ended without having found ${peerId}`)
}

async function answerAskedAt(reader: GoPeer, ms: number): Promise<void> {
  await reader.first((line): line is Found => isFound(line) && askedAtMs(line) >= ms)
}

function askedAtMs({ atMs, elapsedMs }: Found): number {
  return atMs - elapsedMs
}

function byPeerId(peers: { peerId: string; multiaddrs: string[] }[]): Record<string, string[]> {
  return Object.fromEntries(peers.map(({ peerId, multiaddrs }) => [peerId, multiaddrs]))
}
