import { describeRegistrationStore } from '@rendezvous-cluster/stores/compliance'
import { afterAll, beforeAll, describe } from 'vitest'
import { createRedisUnderTest } from '../../libs/stores/test/redis-under-test.ts'
import { type RedisTopology, startTopology } from '../support/redis-topology.ts'
import { describeWithBothServers } from './support/describe-with-valkey.ts'

/** Nobody fails here: a server that is not heard for want of a processor is not to be replaced. */
const DOWN_MS = 15_000

describeWithBothServers('the compliance suite', (binary) => {
  describe.each(['standalone', 'sentinel', 'cluster'] as const)('on a %s', (kind) => {
    let topology: RedisTopology

    beforeAll(async () => {
      topology = await startTopology(kind, { binary, down: DOWN_MS })
    })

    afterAll(() => topology?.stop())

    describeRegistrationStore(kind, {
      // The servers' clocks go on while commands travel.
      clockMarginMs: 500,
      create: (init) => createRedisUnderTest(topology.url, init)
    })
  })
})
