import type { RegistrationStore } from '@rendezvous-cluster/rendezvous'
import { afterEach, beforeEach } from 'vitest'
import type { StoreSuiteContext } from './store-suite-context.ts'
import { seededRandom } from './test-registrations.ts'

export interface StoreUnderTest {
  store: RegistrationStore
  /** Lets time pass for the store, by however it is told the time. */
  advance(ms: number): Promise<void>
  /** Opens another instance on the same registrations, where the store allows it. */
  sibling?(): Promise<RegistrationStore>
  /** Removes what the test left behind, and closes siblings. */
  dispose(): Promise<void>
}

export interface StoreUnderTestInit {
  /** What the store draws by. */
  random: () => number
  /** Whether it is told to keep IP prefixes, where a store has to be told. */
  keepsPrefixes: boolean
}

export interface StoreSuiteInit {
  /** A fresh, empty store. */
  create(init: StoreUnderTestInit): Promise<StoreUnderTest>
  /** How far from an instant a test must stay, in milliseconds: 1 on an injected clock. */
  clockMarginMs: number
}

/** Gives each test a new store. */
export function useStore(
  { create, clockMarginMs }: StoreSuiteInit,
  { keepsPrefixes }: Pick<StoreUnderTestInit, 'keepsPrefixes'>
): StoreSuiteContext {
  let underTest: StoreUnderTest

  beforeEach(async () => {
    underTest = await create({ random: seededRandom(1), keepsPrefixes })
  })

  afterEach(async () => {
    await underTest.store.close()
    await underTest.dispose()
  })

  return {
    get store() {
      return underTest.store
    },
    sibling: async () => (await underTest.sibling?.()) ?? underTest.store,
    advance: (ms) => underTest.advance(ms),
    clockMarginMs
  }
}
