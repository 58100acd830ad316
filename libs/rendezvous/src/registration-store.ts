import type { Namespace } from './namespace.ts'
import type { LiveRegistration, PagedRegistration, Registration } from './registration.ts'
import type { RegistrationCaps } from './registration-caps.ts'
import type { RecordKind } from './signed-peer-record/record-kind.ts'

/** How long whoever asks a store waits. Without a signal: as long as the store takes. */
export interface StoreOptions {
  /** Aborts the wait. What was already sent to a server may still take effect. */
  signal?: AbortSignal
}

/** Until when a write may take effect, and what it has to leave room for. Only `put` heeds the caps. */
export interface PutOptions extends StoreOptions {
  /**
   * How long the caller waits, in milliseconds. The registration never takes effect later. Default: the store's own,
   * on Redis 1 second; there it is 3 seconds at most.
   */
  withinMs?: number
  /** What a new registration must not pass; a refresh always may. Default {@link CAPS_DEFAULT}. */
  caps?: RegistrationCaps
}

/** How a sample chooses where more registrations are alive than are asked for. */
export interface SampleOptions extends StoreOptions {
  /**
   * Whether IP prefixes take turns, in random order: none gets a second registration into the answer
   * before each has had its first. Where a registration's prefix is not known, it takes turns by
   * itself. Default: each registration has the same chance.
   */
  isSpread?: boolean
}

/** Which registrations to page through: one namespace's, or all of a kind that are listed. */
export interface PageSource {
  kind: RecordKind
  namespace?: Namespace
}

/** Registrations in the order of their sequences. */
export interface RegistrationPage {
  registrations: PagedRegistration[]
  /**
   * Where to go on: the highest sequence that was looked at, also if that registration had expired; if there was
   * none, as before, or at the head.
   */
  cursor: number
}

/** What one `sweep` has done, and whether it has left anything to do. */
export interface SweepResult {
  /** Registrations removed. */
  removed: number
  /** Whether more is due already: call again soon. */
  hasMore: boolean
}

/** How much a store holds in all, whoever shares it. A namespace counts once for each kind of record in it. */
export interface StoreStats {
  /** Registrations held, give or take those that expired since the last sweep. */
  registrations: number
  /** Namespaces with at least one registration held. */
  namespaces: number
}

/** One namespace of one kind of record. Its name comes again with each other kind that it holds. */
export interface NamespaceSummary {
  kind: RecordKind
  namespace: Namespace
  /** Registrations held in it, give or take those that expired since the last sweep. */
  registrations: number
}

/**
 * Where registrations live. Every store passes the same compliance suite.
 *
 * Each method throws `UnavailableError` when the store can't answer; none throws anything else
 * that a peer could cause, but for what it says.
 */
export interface RegistrationStore {
  /**
   * Adds a registration, or replaces the peer's earlier one in the namespace whole. Atomic and
   * idempotent. A `put` that was rejected, or not answered in time, does not take effect later.
   *
   * A refresh from another IP prefix counts there from then on, or, where that is at its cap, where it
   * counted before: it is accepted, and still no prefix ever has more than its cap.
   *
   * @throws CapReachedError for a new registration beyond a cap; expired ones do not count
   * @throws UnavailableError also when a bound of the store itself is reached
   */
  put(registration: Registration, options?: PutOptions): Promise<void>

  /** Removes a peer's registration. Resolves to whether there was one. */
  remove(
    of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>,
    options?: PutOptions
  ): Promise<boolean>

  /** Removes all of a peer's registrations of one kind. Resolves to how many there were. */
  removeAll(of: Pick<Registration, 'kind' | 'peerId'>, options?: PutOptions): Promise<number>

  /**
   * Up to `limit` distinct registrations of a namespace that are alive (TTL plus grace), in random
   * order, each with the same chance and independent of each other, unless they are spread.
   */
  sample(
    from: Pick<Registration, 'kind' | 'namespace'>,
    limit: number,
    options?: SampleOptions
  ): Promise<LiveRegistration[]>

  /**
   * Up to `limit` live registrations with a sequence above `after`, lowest first. Who goes on from
   * each page's cursor sees every registration exactly once, however many are written meanwhile; a
   * refreshed one has a new sequence and is seen again. Zero starts from the first one, and so does
   * an `after` that no sequence has come to yet. May return fewer than there are.
   *
   * @throws UnavailableError also from a store that was told to keep no order
   */
  page(
    from: PageSource,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage>

  /** All namespaces held, in no order. A namespace that comes or goes meanwhile may be missed. */
  namespaces(options?: StoreOptions): AsyncIterable<NamespaceSummary>

  /** Totals over all namespaces; the cost does not grow with the number of registrations. */
  stats(options?: StoreOptions): Promise<StoreStats>

  /**
   * Removes registrations whose TTL and grace have passed: a bounded number per call, so that it
   * never holds up requests. Any number of nodes may sweep at once.
   */
  sweep(options?: StoreOptions): Promise<SweepResult>

  /** Releases connections and timers. Afterwards every method throws `UnavailableError`. */
  close(): Promise<void>
}
