import { expect, it } from 'vitest'
import type { Measured } from '../src/measure.ts'
import type { ServerResult } from '../src/run-peers.ts'
import { verdicts } from '../src/targets.ts'

it('ours is held against the server that speaks the same dialect, round by round', () => {
  const results = [
    result('ours, Redis, waku', 1000, { refresh: [50, 300, 50] }),
    result('ours, Redis, libp2p', 1000, { refresh: [90, 90, 90] }),
    result('Go seed', 1000, { refresh: [100, 100, 100] }),
    result('Rust', 1000, { refresh: [60, 60, 60] })
  ]

  expect(verdicts(results)).toEqual([
    { what: 'refresh', live: 1000, other: 'Go seed', ratio: 0.5, max: 1, holds: true },
    { what: 'refresh', live: 1000, other: 'Rust', ratio: 1.5, max: 1.2, holds: false }
  ])
})

it('a server of which nothing was answered is no measure', () => {
  const results = [
    result('ours, Redis, waku', 1000, { refresh: [50] }),
    { ...result('Go seed', 1000, {}), operations: { refresh: [measured(0, 0)] } }
  ]

  expect(verdicts(results)).toEqual([])
})

it('ours with many live registrations is held against ours with few', () => {
  const results = [
    result('ours, Redis, waku', 1000, { refresh: [50], connect: [1000] }),
    result('ours, Redis, waku', 1_000_000, { refresh: [100], connect: [1100] })
  ]

  expect(verdicts(results)).toMatchObject([
    { what: 'refresh', live: 1_000_000, ratio: 2, holds: false },
    { what: 'connect', live: 1_000_000, ratio: 1.1, holds: true }
  ])
})

function result(server: string, live: number, times: Record<string, number[]>): ServerResult {
  return {
    server,
    live,
    operations: Object.fromEntries(
      Object.entries(times).map(([name, us]) => [name, us.map((serverUs) => measured(serverUs, 1))])
    )
  }
}

function measured(serverUs: number, operations: number): Measured {
  return {
    operations,
    failed: 0,
    reasons: [],
    operationsPerSecond: operations,
    serverUs,
    p50: 1,
    p99: 1,
    p999: 1,
    registrations: 0
  }
}
