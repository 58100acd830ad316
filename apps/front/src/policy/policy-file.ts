import type { Namespace, NamespacePolicy } from '@rendezvous-cluster/rendezvous'
import { loadPolicy } from './load-policy.ts'
import { Policy } from './policy.ts'

/** What has become of a file that was read again: it applies from now on, or was refused. */
export type Reload = { policy: Policy } | { error: Error }

export interface PolicyFileInit {
  path: string
  /** Told of each reading but the first. */
  onReload: (reload: Reload) => void
  /** Default {@link loadPolicy}. */
  load?: (path: string) => Promise<Policy>
}

/** The policy of a file that may be read again. At any time the whole of one reading counts. */
export class PolicyFile {
  readonly #path: string
  readonly #onReload: (reload: Reload) => void
  readonly #load: (path: string) => Promise<Policy>
  #policy = Policy.none
  readonly #opened = Promise.withResolvers<void>()
  /** The reading that was begun last: resolves when it is over, however it went. */
  #reading = this.#opened.promise
  /** One that is to begin when that is over. */
  #next?: Promise<void>

  constructor({ path, onReload, load = loadPolicy }: PolicyFileInit) {
    this.#path = path
    this.#onReload = onReload
    this.#load = load
  }

  /** Reads the file for the first time. @throws PolicyError */
  async open(): Promise<void> {
    try {
      await this.#read()
    } finally {
      this.#opened.resolve()
    }
  }

  /** What counts for a namespace: see {@link Policy.of}. */
  of(namespace: Namespace): NamespacePolicy {
    return this.#policy.of(namespace)
  }

  /**
   * Reads the file again; a file with problems changes nothing. Resolves when that is over, and
   * never rejects. Readings follow each other, the first one included: asked for any number of
   * times during one, a single other one follows, since it finds what the file holds by then.
   */
  reload(): Promise<void> {
    this.#next ??= this.#reading.then(() => {
      this.#next = undefined
      this.#reading = this.#reloadNow()

      return this.#reading
    })

    return this.#next
  }

  async #reloadNow(): Promise<void> {
    try {
      await this.#read()
    } catch (error) {
      this.#onReload({ error: error as Error })

      return
    }

    this.#onReload({ policy: this.#policy })
  }

  async #read(): Promise<void> {
    this.#policy = await this.#load(this.#path)
  }
}
