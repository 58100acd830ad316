import { describe, expect, it } from 'vitest'
import { summarize, summaryText } from '../src/demo/demo-summary.ts'
import { demoTable, progressLine } from '../src/demo/demo-table.ts'
import type { DemoView } from '../src/demo/demo-view.ts'

const VIEW: DemoView = {
  store: { kind: 'redis', description: 'one Redis' },
  elapsedSeconds: 16.25,
  seconds: 30,
  nodes: [
    {
      name: 'A',
      peerId: '12D3KooWMkR5LmYbDMW9U9BcsHYyg9m6qfsT4GxFXWbT6j33QB6R',
      state: 'serving',
      sidecar: 'http://127.0.0.1:8008',
      connections: 100,
      registers: 856,
      discovers: 605
    },
    {
      name: 'B',
      peerId: '12D3KooWR25sVmhCNWufFmpAu2MN8QxmS9w8DpywFQVExjqQMq5G',
      state: 'killed',
      sidecar: 'http://127.0.0.1:8009',
      connections: 0,
      registers: 332,
      discovers: 21
    }
  ],
  namespaces: 5,
  ttlSeconds: 6,
  peers: { alive: 200, came: 240, went: 40, moved: 66 },
  checked: {
    acknowledged: 1188,
    registrations: 223,
    answersChecked: 700,
    foundElsewhere: 9000,
    missing: 0,
    ghosts: 0,
    lapsed: 0,
    losses: []
  },
  failed: { times: 3, last: 'the point reset the stream' },
  killed: { name: 'B', afterSeconds: 15.01 }
}

const withChecked = (checked: Partial<DemoView['checked']>): DemoView => ({
  ...VIEW,
  checked: { ...VIEW.checked, ...checked }
})

describe('the table of the demo', () => {
  it('shows nodes, peers and what was checked', () => {
    expect(demoTable(VIEW)).toEqual([
      '2 front nodes, one Redis',
      'second 16 of 30: node B killed, 66 peers moved to another node',
      '',
      '  node  peer id      state    connections  registers OK  discovers OK',
      '  A     12D3…33QB6R  serving          100           856           605',
      '  B     12D3…qQMq5G  killed             0           332            21',
      '',
      '  peers          200 alive, 240 came, 40 left',
      '  registrations  223 in 5 namespaces, of peers that left lately too',
      '  answers        700 checked, each of a whole namespace',
      '  found          9000 times through another node than registered at',
      '  missing        0 that an answer had to hold',
      '  ghosts         0 that had to be gone',
      '  status page    http://127.0.0.1:8008'
    ])
  })

  it('has as many lines before a node is killed', () => {
    expect(demoTable({ ...VIEW, killed: undefined })).toHaveLength(demoTable(VIEW).length)
  })

  it('fits into one line where nothing can be redrawn', () => {
    expect(progressLine(VIEW)).toBe(
      '16 s: 200 peers, 223 registrations, 700 answers checked, 9000 found through another node, ' +
        'missing 0, ghosts 0, node B killed, 66 peers moved to another node'
    )
  })
})

describe('the summary of the demo', () => {
  it('says that nothing was lost', () => {
    const summary = summarize(VIEW)

    expect(summary).toMatchObject({ ok: true, verdict: 'nothing was lost', missing: 0, ghosts: 0 })
    expect(summary.nodeKilled).toEqual({
      name: 'B',
      peerId: VIEW.nodes[1]?.peerId,
      afterSeconds: 15
    })
    expect(summaryText(VIEW, summary)).toMatch(/\nnothing was lost$/)
  })

  it.each([
    ['missing', { missing: 2 }],
    ['gone', { ghosts: 1 }],
    ['refreshed', { lapsed: 1 }],
    ['no answer was checked (last failure: the point reset the stream)', { answersChecked: 0 }]
  ])('says LOST: …%s…', (text, checked) => {
    const { ok, verdict } = summarize(withChecked(checked))

    expect(ok).toBe(false)
    expect(verdict).toMatch(/^LOST: /)
    expect(verdict).toContain(text)
  })

  it('names the losses', () => {
    const view = withChecked({ missing: 1, losses: ['p is missing'] })

    expect(summaryText(view, summarize(view))).toContain('\n  p is missing\nLOST: ')
  })

  it('takes an interrupted demo that has checked nothing yet for no loss', () => {
    const view = withChecked({ answersChecked: 0 })
    const summary = summarize(view, 'SIGINT')

    expect(summary).toMatchObject({ ok: true, interruptedBy: 'SIGINT' })
    expect(summaryText(view, summary)).toContain('ended by SIGINT')
  })
})
