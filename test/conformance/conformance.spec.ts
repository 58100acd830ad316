import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { CASES } from './cases.ts'
import { describeCases } from './describe-cases.ts'
import { PointUnderTest } from './point-under-test.ts'
import { ALL } from './protocols.ts'

let front: TestFrontNode
let point: PointUnderTest

beforeAll(async () => {
  front = await startTestFrontNode()
  point = await PointUnderTest.reach(front.point)
})

afterAll(async () => {
  await front?.stop()
})

it('there is one case for each divergence, and no name twice', () => {
  const rows = CASES.map(({ name }) => /^T\d+(?=: )/.exec(name)?.[0]).filter((row) => row != null)

  expect(rows).toEqual(Array.from({ length: 16 }, (_, index) => `T${index + 1}`))
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
})

describe.each(ALL)('a front node that speaks %s', (name) => describeCases(name, CASES, () => point))
