import type { ListedNode, NodeFigures } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import { type ClusterOverviewInit, clusterOverview } from '../src/cluster-overview.ts'
import { MOMENTS_MAX, OverviewHistory } from '../src/overview-history.ts'

const NOW_MS = 1_800_000_000_000

const figures = (count: number, fields: Partial<NodeFigures> = {}): NodeFigures => ({
  seconds: 10,
  connections: count,
  streams: count,
  requests: [
    { protocol: 'waku', type: 'register', status: 'OK', count: 2 * count },
    { protocol: 'libp2p', type: 'discover', status: 'OK', count }
  ],
  durations: [
    [0.01, 3 * count],
    [0.1, 3 * count]
  ],
  rejected: [{ reason: 'peer-rate', count }],
  storeDurations: [[0.01, 4 * count]],
  storeOperations: 4 * count,
  storeErrors: [{ kind: 'timeout', count }],
  ...fields
})

const node = (peerId: string, fields: Partial<ListedNode> = {}): ListedNode => ({
  peerId,
  instance: `instance of ${peerId}`,
  host: 'host',
  record: new Uint8Array(),
  multiaddrs: [`/ip4/192.0.2.1/tcp/60000/p2p/${peerId}`],
  version: '1.2.3',
  isDraining: false,
  startedAtMs: NOW_MS - 60_000,
  heardMsAgo: 0,
  ...fields
})

const overview = (init: Partial<ClusterOverviewInit> = {}) =>
  clusterOverview({
    nodes: [node('a', { figures: figures(100) }), node('b', { figures: figures(50) })],
    instance: 'instance of b',
    stats: { registrations: 1234, namespaces: 5 },
    store: { kind: 'redis', up: true },
    nowMs: NOW_MS,
    ...init
  })

describe('an overview of a cluster', () => {
  it('adds up what its nodes tell', () => {
    expect(overview()).toMatchObject({
      atMs: NOW_MS,
      registrations: 1234,
      namespaces: 5,
      connections: 150,
      requestsPerSecond: 45,
      requests: [
        { protocol: 'waku', type: 'register', status: 'OK', perSecond: 30 },
        { protocol: 'libp2p', type: 'discover', status: 'OK', perSecond: 15 }
      ],
      rejected: [{ reason: 'peer-rate', perSecond: 15 }],
      store: {
        kind: 'redis',
        up: true,
        operationsPerSecond: 60,
        p50Ms: 5,
        errors: [{ kind: 'timeout', perSecond: 15 }]
      }
    })
  })

  it('tells how long requests took at all nodes together', () => {
    const slow = figures(10, {
      durations: [
        [0.01, 0],
        [0.1, 100]
      ]
    })
    const { p50Ms, p99Ms } = overview({
      nodes: [node('a', { figures: figures(100) }), node('b', { figures: slow })]
    })

    expect(p50Ms).toBeCloseTo(6.67, 1)
    expect(p99Ms).toBeCloseTo(96.4, 1)
  })

  it('tells of each node, and which one answers', () => {
    expect(overview().nodes).toEqual([
      expect.objectContaining({
        peerId: 'a',
        uptimeSeconds: 60,
        self: false,
        connections: 100,
        requestsPerSecond: 30
      }),
      expect.objectContaining({ peerId: 'b', self: true, connections: 50, requestsPerSecond: 15 })
    ])
  })

  it('does not count a node that has fallen silent', () => {
    const { connections, nodes } = overview({
      nodes: [
        node('a', { figures: figures(100), heardMsAgo: 7001 }),
        node('c', { figures: figures(50), heardMsAgo: 6999 })
      ]
    })

    expect(connections).toBe(50)
    expect(nodes.map(({ silent }) => silent)).toEqual([true, false])
  })

  it('tells no figures of a node that has fallen silent', () => {
    const { nodes } = overview({ nodes: [node('a', { figures: figures(100), heardMsAgo: 7001 })] })

    expect(nodes).toEqual([
      expect.objectContaining({ connections: undefined, requestsPerSecond: undefined })
    ])
  })

  it('counts the node that answers by what it knows itself, however long the store is away', () => {
    const { connections, nodes } = overview({
      nodes: [node('b', { figures: figures(50), heardMsAgo: 60_000 })],
      figures: figures(70)
    })

    expect(connections).toBe(70)
    expect(nodes).toEqual([expect.objectContaining({ silent: false, heardSecondsAgo: 0 })])
  })

  it('counts rates of nodes that tell of times of different lengths', () => {
    const nodes = [
      node('a', { figures: figures(100) }),
      node('b', { figures: figures(100, { seconds: 5 }) })
    ]

    expect(overview({ nodes }).requestsPerSecond).toBe(90)
  })

  it('makes do with nodes that tell nothing, or nothing yet', () => {
    const silent = overview({
      nodes: [node('old'), node('new', { figures: figures(0, { seconds: 0, requests: [] }) })],
      stats: undefined
    })

    expect(silent).toMatchObject({ connections: 0, requestsPerSecond: 0, requests: [] })
    expect([silent.registrations, silent.p50Ms, silent.nodes[0]?.connections]).toEqual([
      undefined,
      undefined,
      undefined
    ])
  })
})

describe('the history of a cluster', () => {
  it('is of half an hour, the oldest moment first', () => {
    const history = new OverviewHistory()

    for (let beat = 0; beat < MOMENTS_MAX + 10; beat++) {
      history.add(overview({ nowMs: beat }))
    }

    expect(history.moments).toHaveLength(MOMENTS_MAX)
    expect(history.moments[0]).toEqual({
      atMs: 10,
      registrations: 1234,
      namespaces: 5,
      connections: 150,
      requestsPerSecond: 45,
      p50Ms: expect.any(Number),
      p99Ms: expect.any(Number)
    })
    expect(history.moments.at(-1)?.atMs).toBe(MOMENTS_MAX + 9)
  })
})
