import { describe, expect, it } from 'vitest'
import type { ClusterOverview, NodeOverview } from '../src/cluster-overview.ts'
import { formatDuration, formatMs, formatRate } from '../src/status-page/format-figures.ts'
import { html } from '../src/status-page/html.ts'
import { conditionOf, renderOverview } from '../src/status-page/render-overview.ts'
import { sampleOverview } from './sample-overview.ts'

const node = (peerId: string, fields: Partial<NodeOverview> = {}): NodeOverview => ({
  peerId,
  multiaddrs: [`/ip4/192.0.2.1/tcp/60000/p2p/${peerId}`],
  version: '1.2.3',
  draining: false,
  uptimeSeconds: 60,
  self: false,
  silent: false,
  heardSecondsAgo: 1,
  connections: 7,
  requestsPerSecond: 8,
  ...fields
})

const overview = (fields: Partial<ClusterOverview> = {}): ClusterOverview =>
  sampleOverview({ nodes: [node('a'), node('b')], ...fields })

describe('the markup of the status page', () => {
  it('escapes whatever is put into it', () => {
    expect(
      html`<p title="${'"<&>\''}">${['<b>', html`<i></i>`]}${undefined}${false}${0}</p>`.text
    ).toBe('<p title="&quot;&lt;&amp;&gt;&#39;">&lt;b&gt;<i></i>0</p>')
  })

  it('escapes what nodes say of themselves', () => {
    const hostile = '<script>alert(1)</script>'
    const { text } = renderOverview(
      overview({
        nodes: [node(hostile, { version: hostile, multiaddrs: [hostile] })],
        requests: [{ protocol: hostile, type: hostile, status: hostile, perSecond: 1 }],
        rejected: [{ reason: hostile, perSecond: 1 }],
        store: {
          kind: hostile,
          up: true,
          operationsPerSecond: 0,
          errors: [{ kind: hostile, perSecond: 1 }]
        }
      })
    )

    expect(text).not.toMatch(/<script/i)
  })

  it('is whole before there is anything to tell', () => {
    const { text } = renderOverview(overview({ nodes: [] }))

    expect(text).toContain('No node has announced itself yet.')
    expect(text).not.toMatch(/undefined|NaN/)
  })

  it('has a dash for each figure of a node that is gone', () => {
    const gone = node('a', { silent: true, connections: undefined, requestsPerSecond: undefined })
    const { text } = renderOverview(overview({ nodes: [gone] }))

    expect(text.match(/<td class="number"[^>]*>–</g)).toHaveLength(3)
  })
})

describe('the condition of a cluster', () => {
  it.each([
    {
      what: 'a store that is away',
      nodes: [node('a', { silent: true })],
      up: false,
      condition: 'bad',
      text: /^The store/
    },
    {
      what: 'a node that is gone',
      nodes: [node('a', { silent: true }), node('b', { draining: true })],
      up: true,
      condition: 'bad',
      text: /^1 node of 2 gone$/
    },
    {
      what: 'a node that drains',
      nodes: [node('a'), node('b', { draining: true })],
      up: true,
      condition: 'warning',
      text: /^1 node draining$/
    },
    {
      what: 'nothing, of one node',
      nodes: [node('a')],
      up: true,
      condition: 'good',
      text: /^The node serves$/
    },
    {
      what: 'nothing',
      nodes: [node('a'), node('b')],
      up: true,
      condition: 'good',
      text: /^All 2 nodes serve$/
    }
  ])('is $condition for $what', ({ nodes, up, condition, text }) => {
    const store = { kind: 'redis', up, operationsPerSecond: 0, errors: [] }

    expect(conditionOf(overview({ nodes, store }))).toEqual({
      condition,
      text: expect.stringMatching(text)
    })
  })
})

describe('figures', () => {
  it.each([
    { seconds: 0, text: '0 s' },
    { seconds: 59.9, text: '59 s' },
    { seconds: 60, text: '1 min' },
    { seconds: 3661, text: '1 h 1 min' },
    { seconds: 3600, text: '1 h' },
    { seconds: 86_400 * 3 + 4 * 3600 + 59, text: '3 d 4 h' }
  ])('of $seconds seconds are $text', ({ seconds, text }) => {
    expect(formatDuration(seconds)).toBe(text)
  })

  it('have two digits below ten, and none behind the point above', () => {
    expect([0, 0.123, 9.96, 12.3, 12_345.6].map(formatRate)).toEqual([
      '0',
      '0.12',
      '10',
      '12',
      '12,346'
    ])
    expect([formatMs(0.5), formatMs(undefined)]).toEqual(['0.5 ms', '–'])
  })
})
