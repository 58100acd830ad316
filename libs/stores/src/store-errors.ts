/**
 * Why a store did not answer; the label of `rendezvous_store_errors_total`. `silent`: it was not
 * asked, because it has stopped answering; `late`: it ran a write after its deadline.
 */
export type StoreErrorKind =
  | 'timeout'
  | 'silent'
  | 'connection'
  | 'full'
  | 'read-only'
  | 'late'
  | 'other'

/** A store that no waiting will make work: wrong password, missing right, too old a server. */
export class StoreConfigurationError extends Error {
  override name = 'StoreConfigurationError'
}
