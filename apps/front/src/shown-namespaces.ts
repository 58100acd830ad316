import { Namespace, type NamespaceSummary, type StoreOptions } from '@rendezvous-cluster/rendezvous'
import type { ShownNamespace } from '@rendezvous-cluster/sidecar'

/** How long what was read is told, in milliseconds: all namespaces are read for it. */
const FRESH_MS = 10_000

/** How long it is told that they could not be read, in milliseconds. */
const FAILED_MS = 1000

/** How long it may take to read them, in milliseconds. */
const READ_MS = 5000

export interface ShownNamespacesInit {
  /** As text; each is 1 to 256 bytes. */
  names: readonly string[]
  /** All namespaces that have registrations. */
  list: (options?: StoreOptions) => AsyncIterable<NamespaceSummary>
  /** A steady clock in milliseconds. Default: `performance.now`. */
  now?: () => number
}

/** How many registrations there are in the namespaces that the operator has named, and in no others. */
export class ShownNamespaces {
  readonly #names: readonly { name: string; key: string }[]
  readonly #list: ShownNamespacesInit['list']
  readonly #now: () => number
  #read?: { shown: Promise<ShownNamespace[]>; untilMs: number }

  constructor({ names, list, now = () => performance.now() }: ShownNamespacesInit) {
    this.#names = names.map((name) => ({ name, key: Namespace.fromText(name).key }))
    this.#list = list
    this.#now = now
  }

  /**
   * In the order in which they were named; at most 10 seconds old.
   *
   * @throws UnavailableError while the store does not answer, or a TimeoutError after 5 seconds
   */
  async read(): Promise<ShownNamespace[]> {
    if (this.#names.length === 0) {
      return []
    }

    if (this.#read == null || this.#now() > this.#read.untilMs) {
      const shown = this.#readNow()
      const read = { shown, untilMs: this.#now() + FRESH_MS }

      this.#read = read
      shown.catch(() => {
        read.untilMs = this.#now() + FAILED_MS
      })
    }

    return this.#read.shown
  }

  async #readNow(): Promise<ShownNamespace[]> {
    const counts = new Map(this.#names.map(({ key }) => [key, 0]))

    for await (const each of this.#list({ signal: AbortSignal.timeout(READ_MS) })) {
      const { key } = each.namespace
      const count = counts.get(key)

      if (count != null) {
        counts.set(key, count + each.registrations)
      }
    }

    return this.#names.map(({ name, key }) => ({
      namespace: name,
      registrations: counts.get(key) ?? 0
    }))
  }
}
