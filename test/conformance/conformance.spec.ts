import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { CASES } from './cases.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { PointUnderTest } from './point-under-test.ts'
import { ALL, type ProtocolName } from './protocols.ts'
import { runCase } from './run-case.ts'

const TIMEOUT_MS = 70_000

let front: TestFrontNode
let point: PointUnderTest

beforeAll(async () => {
  front = await startTestFrontNode()
  point = await PointUnderTest.reach(front.point)
})

afterAll(async () => {
  await front?.stop()
})

const casesOf = (name: ProtocolName) => CASES.filter(({ protocols }) => protocols.includes(name))

it('there is one case for each divergence, and no name twice', () => {
  const rows = CASES.map(({ name }) => /^T\d+(?=: )/.exec(name)?.[0]).filter((row) => row != null)

  expect(rows).toEqual(Array.from({ length: 16 }, (_, index) => `T${index + 1}`))
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
})

describe.each(ALL)('a front node that speaks %s', (name) => {
  const { quick = [], waiting = [] } = Object.groupBy(casesOf(name), ({ waitsSeconds }) =>
    waitsSeconds == null ? 'quick' : 'waiting'
  )

  it.each(quick)('$name', { timeout: TIMEOUT_MS }, (row) => runCase(row, point, name))

  describe('as time goes by', () => {
    const running = new Map<ConformanceCase, Promise<void>>()

    // All at once: they only wait.
    beforeAll(() => {
      for (const row of waiting) {
        const result = runCase(row, point, name)

        // Its own test tells of a failure, which may come before that asks.
        result.catch(() => {})
        running.set(row, result)
      }
    })

    it.each(waiting)('$name', { timeout: TIMEOUT_MS }, (row) => running.get(row))
  })
})
