import type { AbortOptions } from '@libp2p/interface'
import type { Namespace } from '@rendezvous-cluster/rendezvous'
import type { StickyPoint } from './points/sticky-point.ts'
import { RegistrationKeeper, type RegistrationKeeperInit } from './registration-keeper.ts'
import type { RegistrationOptions, RegistrationStatus } from './rendezvous.ts'

export interface KeptRegistrationsInit
  extends Omit<
    RegistrationKeeperInit,
    'namespace' | 'sticky' | 'onChange' | keyof RegistrationOptions
  > {
  slots: readonly StickyPoint[]
  onChange: (status: RegistrationStatus) => void
}

/** One namespace's, a keeper for each slot. */
export type KeptRegistration = readonly RegistrationKeeper[]

/** The namespaces that this peer is kept registered in, each at as many points as there are slots. */
export class KeptRegistrations {
  readonly #init: KeptRegistrationsInit
  /** By the namespace's key. */
  readonly #keepers = new Map<string, KeptRegistration>()
  /** What has to be over before the same namespace is registered again, by its key. */
  readonly #endings = new Map<string, Promise<unknown>>()

  constructor(init: KeptRegistrationsInit) {
    this.#init = init
  }

  get statuses(): RegistrationStatus[] {
    return [...this.#keepers.values()].flat().map(statusOf)
  }

  get({ key }: Namespace): KeptRegistration | undefined {
    return this.#keepers.get(key)
  }

  /** Changes nothing where it is kept already. */
  keep(namespace: Namespace, options: RegistrationOptions): KeptRegistration {
    const kept = this.#keepers.get(namespace.key)

    if (kept != null) {
      return kept
    }

    const { slots, onChange } = this.#init
    const keepers = slots.map((sticky): RegistrationKeeper => {
      const keeper = new RegistrationKeeper({
        ...this.#init,
        ...options,
        namespace,
        sticky,
        onChange: () => onChange(statusOf(keeper))
      })

      return keeper
    })

    this.#keepers.set(namespace.key, keepers)

    // Else a point might be told of the end of the former one after the beginning of this one.
    void this.#startAll(keepers, this.#endings.get(namespace.key))

    return keepers
  }

  refreshSoon(): void {
    for (const keeper of [...this.#keepers.values()].flat()) {
      keeper.refreshSoon()
    }
  }

  /** @throws what a point could not be told for, once all others have been */
  async end({ key }: Pick<Namespace, 'key'>, options: AbortOptions): Promise<void> {
    const keepers = this.#keepers.get(key) ?? []

    this.#keepers.delete(key)

    const ending = allOf(keepers.map((keeper) => keeper.end(options)))
    const settled = Promise.allSettled([ending, this.#endings.get(key)])

    this.#endings.set(key, settled)

    try {
      await ending
    } finally {
      if (this.#endings.get(key) === settled) {
        this.#endings.delete(key)
      }
    }
  }

  async #startAll(keepers: KeptRegistration, after?: Promise<unknown>): Promise<void> {
    await after

    for (const keeper of keepers) {
      keeper.start()
    }
  }

  /** Refreshes none of them any more. Points keep them until their lifetimes are over. */
  async stopAll(): Promise<void> {
    const keepers = [...this.#keepers.values()].flat()

    this.#keepers.clear()
    await Promise.all(keepers.map((keeper) => keeper.stop()))
  }

  /** As {@link end}, for all of them. */
  async endAll(options: AbortOptions): Promise<void> {
    await allOf([...this.#keepers.keys()].map((key) => this.end({ key }, options)))
  }
}

/** As `Promise.all`, but no sooner than all have ended. */
async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(promises)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')

  if (failed != null) {
    throw failed.reason
  }
}

function statusOf({ namespace, state }: RegistrationKeeper): RegistrationStatus {
  return { namespace: namespace.bytes, state }
}
