import { describeRegistrationStore } from '../src/compliance/index.ts'
import { createRedisUnderTest } from './redis-under-test.ts'

describeRegistrationStore('redis', {
  // The server's clock goes on while commands travel.
  clockMarginMs: 500,
  create: (random) => createRedisUnderTest('redis://127.0.0.1:6399', random)
})
