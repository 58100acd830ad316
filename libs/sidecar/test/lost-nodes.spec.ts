import { type ListedNode, NODE_EXPIRY_MS, NODE_REFRESH_MS } from '@rendezvous-cluster/rendezvous'
import { beforeEach, describe, expect, it } from 'vitest'
import { LOST_FOR_MS, LostNodes } from '../src/lost-nodes.ts'

const node = (peerId: string, heardMsAgo = 0): ListedNode => ({
  peerId,
  instance: `instance of ${peerId}`,
  host: 'host',
  record: new Uint8Array(),
  multiaddrs: [],
  version: '1.2.3',
  isDraining: false,
  startedAtMs: 0,
  heardMsAgo
})

describe('nodes that were lost', () => {
  let lostNodes: LostNodes

  beforeEach(() => {
    lostNodes = new LostNodes()
    lostNodes.withLost([node('a'), node('b', 1000)], 5000)
  })

  it('are told of for ten minutes, with the time since', () => {
    const goneAtMs = 4000 + NODE_EXPIRY_MS

    expect(lostNodes.withLost([node('a')], goneAtMs)).toEqual([
      node('a'),
      node('b', NODE_EXPIRY_MS)
    ])
    expect(lostNodes.withLost([node('a')], 4000 + LOST_FOR_MS)).toEqual([
      node('a'),
      node('b', LOST_FOR_MS)
    ])
    expect(lostNodes.withLost([node('a')], 4001 + LOST_FOR_MS)).toEqual([node('a')])
  })

  it('are none that took themselves off the list', () => {
    expect(lostNodes.withLost([node('a')], 5000 + NODE_REFRESH_MS)).toEqual([node('a')])
    expect(lostNodes.withLost([node('a')], 5000 + NODE_EXPIRY_MS)).toEqual([node('a')])
  })

  it('are told of once they are back as any other', () => {
    lostNodes.withLost([node('a')], 5000 + NODE_EXPIRY_MS)

    expect(lostNodes.withLost([node('a'), node('b')], 20_000)).toEqual([node('a'), node('b')])
  })

  it('are at most 50', () => {
    const many = Array.from({ length: 60 }, (_, index) => node(`many ${index}`))

    lostNodes.withLost(many, 6000)

    expect(lostNodes.withLost([], 6000 + NODE_EXPIRY_MS)).toHaveLength(50)
  })
})
