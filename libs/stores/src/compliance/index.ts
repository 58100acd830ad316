/**
 * The suite that every registration store passes, for vitest.
 *
 * @packageDocumentation
 */
export { describeRegistrationStore } from './registration-store-suite.ts'
export type { StoreSuiteInit, StoreUnderTest, StoreUnderTestInit } from './store-under-test.ts'
export {
  peerIdOf,
  registrationOf,
  seededRandom,
  type TestRegistration
} from './test-registrations.ts'
