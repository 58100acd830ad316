/**
 * The suite that every registration store passes, for vitest.
 *
 * @packageDocumentation
 */
export {
  describeRegistrationStore,
  type StoreSuiteInit,
  type StoreUnderTest
} from './registration-store-suite.ts'
export {
  peerIdOf,
  registrationOf,
  seededRandom,
  type TestRegistration
} from './test-registrations.ts'
