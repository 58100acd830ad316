import { setImmediate } from 'node:timers/promises'
import {
  type LiveRegistration,
  type NamespaceSummary,
  type PageSource,
  type PutOptions,
  type Registration,
  type RegistrationPage,
  type RegistrationStore,
  type SampleOptions,
  type StoreOptions,
  type StoreStats,
  type SweepResult,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { raceSignal } from 'race-signal'
import { MemoryStore, type MemoryStoreInit } from '../memory/memory-store.ts'
import { PlannedRegistrations } from '../memory/planned-registrations.ts'
import { SWEEP_MAX } from '../sweep-max.ts'
import { type Change, GroupCommit } from './group-commit.ts'
import { openDatabase, toConfigurationError } from './level-database.ts'
import { LevelWriter, type Operation, RESTORED_PER_WRITE_MAX } from './level-writer.ts'
import { loadRegistrations } from './load-registrations.ts'
import { parseKey, type RegistrationIdentity, toKey, toValue } from './stored-registration.ts'

/** A put gives up this share of its time before its caller does: that one began to count earlier. */
const WRITE_MARGIN = 0.1

/**
 * Where registrations are kept, and how many of them. `now` has to be a wall clock, since ends outlive
 * the process.
 */
export interface LevelStoreInit extends Omit<MemoryStoreInit, 'onExpire'> {
  /** Where the database is, or is to be made. No other process may use it. */
  directory: string
}

/** Changes that are written together. */
interface Batch {
  planned: PlannedRegistrations
  operations: Operation[]
}

/**
 * One node's registrations in a LevelDB database, for as long as their TTL lasts: a restart keeps
 * them, with their ends and their order.
 *
 * All of them are in memory too, and are read from there alone: it takes as much as a
 * {@link MemoryStore}, and the disk is read at the start only. The clock is the wall clock, since
 * ends outlive the process.
 *
 * A change is answered, and shown to others, once it was handed to the operating system: it
 * outlives the process, also one that is killed. It is not flushed to the disk one by one: a power
 * cut may take the last moments, which heal within one refresh of each peer.
 */
export class LevelStore implements RegistrationStore {
  readonly #directory: string
  readonly #now: () => number
  readonly #memory: MemoryStore
  readonly #commits: GroupCommit<Batch>
  #writer: LevelWriter | undefined
  #closing: Promise<void> | undefined

  constructor({ directory, ...init }: LevelStoreInit) {
    this.#directory = directory
    this.#now = init.now ?? (() => performance.timeOrigin + performance.now())
    this.#memory = new MemoryStore({
      ...init,
      now: this.#now,
      onExpire: (expired) => this.#writer?.markStale(toKey(expired))
    })
    this.#commits = new GroupCommit<Batch>({
      begin: () => ({ planned: new PlannedRegistrations(this.#now()), operations: [] }),
      write: async ({ operations }) => this.#writer?.write(operations)
    })
  }

  /**
   * Opens the database and reads all of it; to be called once, before anything else.
   *
   * @returns warnings for the operator
   * @throws StoreConfigurationError when the directory can't be used, naming the cure
   */
  async open(): Promise<string[]> {
    const database = await openDatabase(this.#directory)

    try {
      const { registrations, damaged } = await loadRegistrations(database, this.#now())

      for (const registration of registrations) {
        this.#memory.hold(registration)
      }

      this.#writer = new LevelWriter({
        database,
        now: this.#now,
        restore: (key) => this.#restore(key)
      })

      return damaged === 0
        ? []
        : [
            `${damaged} registrations in ${this.#directory} were damaged and are gone: ` +
              'their peers come back with their next REGISTER'
          ]
    } catch (error) {
      await database.close()

      throw toConfigurationError(this.#directory, error)
    }
  }

  /**
   * Waits for a disk that hangs until the signal is aborted, and then is undone should it be written
   * after all. `withinMs` is looked at before and after the write.
   */
  async put(registration: Registration, options?: PutOptions): Promise<void> {
    const endsAtMs = this.#now() + (options?.withinMs ?? Infinity) * (1 - WRITE_MARGIN)

    const assertAwaited = () => {
      options?.signal?.throwIfAborted()

      if (this.#now() >= endsAtMs) {
        throw new UnavailableError({ cause: new Error('the write took too long') })
      }
    }

    await this.#change(({ planned, operations }) => {
      assertAwaited()

      const ipPrefix = this.#memory.admit(registration, options?.caps, planned)
      const held = this.#memory.stamp({ ...registration, ipPrefix })
      const key = toKey(held)

      operations.push({ type: 'put', key, value: toValue(held) })

      return () => {
        try {
          assertAwaited()
        } catch (error) {
          this.#undo(key)

          throw error
        }

        this.#memory.hold(held)
      }
    }, options)
  }

  async remove(of: RegistrationIdentity, options?: StoreOptions): Promise<boolean> {
    return this.#change(({ planned, operations }) => {
      options?.signal?.throwIfAborted()

      // Nobody shall write to the disk by removing what is not there.
      if (this.#memory.isKnown(of, planned)) {
        operations.push({ type: 'del', key: toKey(of) })
      }

      return () => this.#memory.drop(of)
    }, options)
  }

  async removeAll(
    of: Pick<Registration, 'kind' | 'peerId'>,
    options?: StoreOptions
  ): Promise<number> {
    this.#assertUsable(options)

    const removed = await Promise.all(
      this.#memory.namespacesOf(of).map((namespace) => this.remove({ ...of, namespace }, options))
    )

    return removed.filter((wasLive) => wasLive).length
  }

  async sample(
    from: Pick<Registration, 'kind' | 'namespace'>,
    limit: number,
    options?: SampleOptions
  ): Promise<LiveRegistration[]> {
    this.#assertUsable(options)

    return this.#memory.sample(from, limit, options)
  }

  async page(
    from: PageSource,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage> {
    this.#assertUsable(options)
    // Who reads on without a pause must not keep the disk's answers from those who write.
    await setImmediate()

    return this.#memory.page(from, after, limit, options)
  }

  async *namespaces(options?: StoreOptions): AsyncGenerator<NamespaceSummary> {
    this.#assertUsable(options)

    yield* this.#memory.namespaces(options)
  }

  async stats(options?: StoreOptions): Promise<StoreStats> {
    this.#assertUsable(options)

    return this.#memory.stats(options)
  }

  /** Removes from the disk too, also what other methods found expired. */
  async sweep(options?: StoreOptions): Promise<SweepResult> {
    this.#assertUsable(options)

    const { removed, hasMore } = await this.#memory.sweep(options)

    await this.#tidy(options)

    return { removed, hasMore: hasMore || this.#hasStale }
  }

  /** Waits for the write on its way. Changes that wait behind it are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#close()

    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#commits.close()
    // The last that is undone needs the memory still.
    await this.#writer?.close()
    await this.#memory.close()
  }

  async #change<T>(change: Change<Batch, T>, options: StoreOptions | undefined): Promise<T> {
    this.#assertUsable(options)

    return raceSignal(this.#commits.run(change), options?.signal)
  }

  /** Puts right what the disk should not hold any more: as much as a sweep removes, in steps. */
  async #tidy(options?: StoreOptions): Promise<void> {
    for (let count = 0; count < SWEEP_MAX && this.#hasStale; count += RESTORED_PER_WRITE_MAX) {
      await this.#change(() => () => {}, options)
    }
  }

  get #hasStale(): boolean {
    return this.#writer?.hasStale ?? false
  }

  #restore(key: Buffer): Operation {
    const identity = parseKey(key)
    const held = identity == null ? undefined : this.#memory.find(identity)

    return held == null ? { type: 'del', key } : { type: 'put', key, value: toValue(held) }
  }

  /** Takes back what was written too late. */
  #undo(key: Buffer): void {
    this.#writer?.markStale(key)
    // When that fails, the next write does it.
    this.#tidy().catch(() => {})
  }

  #assertUsable(options: StoreOptions | undefined): void {
    options?.signal?.throwIfAborted()

    if (this.#writer == null || this.#closing != null) {
      throw new UnavailableError({ cause: new Error('the store is not open') })
    }
  }
}
