import { afterAll, beforeAll, describe } from 'vitest'
import { describeWithRedis } from '../support/describe-with-redis.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { useRedisUrl } from '../support/redis-url.ts'
import { CASES } from './cases.ts'
import { describeCases } from './describe-cases.ts'
import { PointUnderTest } from './point-under-test.ts'
import { ALL } from './protocols.ts'

/** Those of a thousand registrations are run on one node, and the caps have tests of the store. */
const cases = CASES.filter(({ isHeavy }) => !isHeavy)

// What is served in production: peers meet who have come to different nodes.
describeWithRedis('two front nodes on one Redis', (redis) => {
  const url = useRedisUrl(redis)
  let fronts: TestFrontNode[] = []
  let point: PointUnderTest

  beforeAll(async () => {
    fronts = await Promise.all([0, 1].map(() => startTestFrontNode({ store: url() })))

    const [one, ...others] = fronts.map(({ point: address }) => address)

    if (one != null) {
      point = await PointUnderTest.reach(one, others)
    }
  })

  afterAll(() => Promise.all(fronts.map((front) => front.stop())))

  describe.each(ALL)('that speak %s', (name) => describeCases(name, cases, () => point))
})
