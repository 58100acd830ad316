import type { RegistrationStore } from '@rendezvous-cluster/rendezvous'

/** What the cases of the suite share. The store is a new one in each test. */
export interface StoreSuiteContext {
  readonly store: RegistrationStore
  /** Another instance on the same registrations, or the same where a store has only one. */
  sibling(): Promise<RegistrationStore>
  /** Lets time pass for the store, by however it is told the time. */
  advance(ms: number): Promise<void>
  /** How far from an instant a test must stay, in milliseconds. */
  readonly clockMarginMs: number
}
