import { UnavailableError } from '@rendezvous-cluster/rendezvous'

/** Most changes that are written together: some megabytes of envelopes at most. */
const CHANGES_PER_GROUP_MAX = 1000

/**
 * Adds a change to the group that is about to be written, or throws why there is none. What it
 * returns is run once the group is written, and is the answer.
 */
export type Change<Group, T> = (group: Group) => () => T

export interface GroupCommitInit<Group> {
  /** A new, empty group. */
  begin: () => Group
  write: (group: Group) => Promise<void>
}

interface Waiting<Group> {
  change: Change<Group, unknown>
  resolve: (answer: unknown) => void
  reject: (error: unknown) => void
}

/**
 * Writes changes in groups: all that arrive while one group is written make the next. Only one is
 * on its way at a time, so each change is planned upon everything that was written before.
 */
export class GroupCommit<Group> {
  readonly #init: GroupCommitInit<Group>
  #waiting: Waiting<Group>[] = []
  #running: Promise<void> | undefined
  #closed = false

  constructor(init: GroupCommitInit<Group>) {
    this.#init = init
  }

  /** @throws UnavailableError when its group was not written, or what the change throws */
  run<T>(change: Change<Group, T>): Promise<T> {
    if (this.#closed) {
      return Promise.reject(closedError())
    }

    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve: resolve as (answer: unknown) => void, reject })
      this.#running ??= this.#runAll()
    })
  }

  /** Waits for the group on its way. Those that wait behind it are refused. */
  async close(): Promise<void> {
    this.#closed = true

    for (const { reject } of this.#waiting.splice(0)) {
      reject(closedError())
    }

    await this.#running
  }

  async #runAll(): Promise<void> {
    // Callers of the same moment make one group already.
    await Promise.resolve()

    while (this.#waiting.length > 0) {
      await this.#runGroup(this.#waiting.splice(0, CHANGES_PER_GROUP_MAX))
    }

    this.#running = undefined
  }

  async #runGroup(waiting: Waiting<Group>[]): Promise<void> {
    const group = this.#init.begin()
    const planned = waiting.flatMap(({ change, resolve, reject }) => {
      try {
        return [{ apply: change(group), resolve, reject }]
      } catch (error) {
        reject(error)

        return []
      }
    })

    try {
      await this.#init.write(group)
    } catch (cause) {
      for (const { reject } of planned) {
        reject(new UnavailableError({ cause }))
      }

      return
    }

    for (const { apply, resolve, reject } of planned) {
      try {
        resolve(apply())
      } catch (error) {
        reject(error)
      }
    }
  }
}

function closedError(): UnavailableError {
  return new UnavailableError({ cause: new Error('the store is closed') })
}
