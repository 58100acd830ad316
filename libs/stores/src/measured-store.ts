import type {
  LiveRegistration,
  NamespaceSummary,
  PageSource,
  PutOptions,
  Registration,
  RegistrationPage,
  RegistrationStore,
  SampleOptions,
  StoreOptions,
  StoreStats,
  SweepResult
} from '@rendezvous-cluster/rendezvous'

/** A method of a store that is timed; the label of `rendezvous_store_operation_duration_seconds`. */
export type StoreOperation = 'put' | 'remove' | 'removeAll' | 'sample' | 'page' | 'stats' | 'sweep'

/** What is measured of a store. */
export interface StoreMetrics {
  /** One operation took so many seconds, whether it succeeded or not. */
  operation(operation: StoreOperation, seconds: number): void
}

/** A store whose operations are timed. */
export class MeasuredStore implements RegistrationStore {
  readonly #store: RegistrationStore
  readonly #metrics: StoreMetrics

  constructor(store: RegistrationStore, metrics: StoreMetrics) {
    this.#store = store
    this.#metrics = metrics
  }

  put(registration: Registration, options?: PutOptions): Promise<void> {
    return this.#measure('put', performance.now(), this.#store.put(registration, options))
  }

  remove(
    of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>,
    options?: StoreOptions
  ): Promise<boolean> {
    return this.#measure('remove', performance.now(), this.#store.remove(of, options))
  }

  removeAll(of: Pick<Registration, 'kind' | 'peerId'>, options?: PutOptions): Promise<number> {
    return this.#measure('removeAll', performance.now(), this.#store.removeAll(of, options))
  }

  sample(
    from: Pick<Registration, 'kind' | 'namespace'>,
    limit: number,
    options?: SampleOptions
  ): Promise<LiveRegistration[]> {
    return this.#measure('sample', performance.now(), this.#store.sample(from, limit, options))
  }

  page(
    from: PageSource,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage> {
    return this.#measure('page', performance.now(), this.#store.page(from, after, limit, options))
  }

  namespaces(options?: StoreOptions): AsyncIterable<NamespaceSummary> {
    return this.#store.namespaces(options)
  }

  stats(options?: StoreOptions): Promise<StoreStats> {
    return this.#measure('stats', performance.now(), this.#store.stats(options))
  }

  sweep(options?: StoreOptions): Promise<SweepResult> {
    return this.#measure('sweep', performance.now(), this.#store.sweep(options))
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  /** @param startedAtMs - before it began: in memory all is done when there is a promise */
  async #measure<T>(
    operation: StoreOperation,
    startedAtMs: number,
    running: Promise<T>
  ): Promise<T> {
    try {
      return await running
    } finally {
      this.#metrics.operation(operation, (performance.now() - startedAtMs) / 1000)
    }
  }
}
