import { describe, expect, it } from 'vitest'
import { FiguresWindow, type NodeTotals } from '../src/figures-window.ts'

const totals = (count: number, fields: Partial<NodeTotals> = {}): NodeTotals => ({
  connections: 3,
  streams: 2,
  requests: [{ protocol: 'waku', type: 'register', status: 'OK', count }],
  durations: [
    [0.001, count],
    [0.01, 2 * count]
  ],
  rejected: [
    { reason: 'malformed', count: 7 },
    { reason: 'peer-rate', count }
  ],
  storeDurations: [[0.001, count]],
  storeOperations: count,
  storeErrors: [{ kind: 'timeout', count }],
  ...fields
})

describe('figures of a node', () => {
  it('are none at first, but for what is open', () => {
    expect(new FiguresWindow().add(totals(100), 5000)).toEqual({
      seconds: 0,
      connections: 3,
      streams: 2,
      requests: [],
      durations: [
        [0.001, 0],
        [0.01, 0]
      ],
      rejected: [],
      storeDurations: [[0.001, 0]],
      storeOperations: 0,
      storeErrors: []
    })
  })

  it('are what was counted since the first of the last beats', () => {
    const window = new FiguresWindow()

    window.add(totals(100), 5000)

    expect(window.add(totals(130), 8000)).toEqual({
      seconds: 3,
      connections: 3,
      streams: 2,
      requests: [{ protocol: 'waku', type: 'register', status: 'OK', count: 30 }],
      durations: [
        [0.001, 30],
        [0.01, 60]
      ],
      rejected: [{ reason: 'peer-rate', count: 30 }],
      storeDurations: [[0.001, 30]],
      storeOperations: 30,
      storeErrors: [{ kind: 'timeout', count: 30 }]
    })
  })

  it('forget what was before four beats', () => {
    const window = new FiguresWindow()
    const all = [0, 1000, 1001, 1002, 1003, 1004].map((count, beat) =>
      window.add(totals(count), 3000 * beat)
    )

    expect(all.at(-1)).toMatchObject({ seconds: 12, requests: [{ count: 4 }] })
  })

  it('count what was never counted before', () => {
    const window = new FiguresWindow()

    window.add(totals(0, { requests: [], rejected: [] }), 0)

    expect(window.add(totals(5), 1000)).toMatchObject({
      requests: [{ count: 5 }],
      rejected: [{ count: 7 }, { count: 5 }]
    })
  })
})
