import type { LevelDatabase } from './level-database.ts'

/** Shortest time between two attempts to open a database again, in milliseconds. */
const REOPEN_MS = 1000

/** Most keys that one write puts right besides what it is for: some milliseconds of work. */
export const RESTORED_PER_WRITE_MAX = 1000

export type Operation = { type: 'put'; key: Buffer; value: Buffer } | { type: 'del'; key: Buffer }

export interface LevelWriterInit {
  database: LevelDatabase
  /** In milliseconds, steady. */
  now: () => number
  /** Makes the database hold of a key what it should hold. */
  restore: (key: Buffer) => Operation
}

/**
 * Writes to a database, and puts right on the way what it should not hold any more. One call at a
 * time.
 */
export class LevelWriter {
  readonly #init: LevelWriterInit
  /** Keys of which the database may hold something else than it should, in latin1. */
  readonly #stale = new Set<string>()
  #hasFailed = false
  #reopenAtMs = Number.NEGATIVE_INFINITY

  constructor(init: LevelWriterInit) {
    this.#init = init
  }

  get hasStale(): boolean {
    return this.#stale.size > 0
  }

  markStale(key: Buffer): void {
    this.#stale.add(key.toString('latin1'))
  }

  /** All or nothing; but after a failure nobody knows which, until the next write that succeeds. */
  async write(operations: Operation[]): Promise<void> {
    if (this.#hasFailed) {
      await this.#recover()
    }

    await this.#batch([...this.#takeStale(), ...operations])
  }

  async close(): Promise<void> {
    try {
      while (this.hasStale) {
        await this.write([])
      }
    } catch {
      // Then the disk takes nothing: what has expired is removed when it is opened again.
    } finally {
      await this.#init.database.close()
    }
  }

  /**
   * LevelDB refuses all writes after some errors of the disk, and after others it goes on behind a
   * torn record, where it would not find them again: only opening it anew makes a fresh log. Other
   * operations are not tried before what failed is put right, so that no more of them are in doubt.
   */
  async #recover(): Promise<void> {
    const { database, now } = this.#init

    if (now() < this.#reopenAtMs) {
      throw new Error('the disk took no write a moment ago')
    }

    this.#reopenAtMs = now() + REOPEN_MS

    await database.close()
    await database.open()
    await this.#batch(this.#takeStale())

    this.#hasFailed = false
  }

  async #batch(operations: Operation[]): Promise<void> {
    if (operations.length === 0) {
      return
    }

    try {
      await this.#init.database.batch(operations)
    } catch (error) {
      this.#hasFailed = true

      for (const { key } of operations) {
        this.markStale(key)
      }

      throw error
    }
  }

  /** Bounded, so that no write waits long for it. */
  #takeStale(): Operation[] {
    const operations: Operation[] = []

    for (const key of this.#stale) {
      if (operations.length === RESTORED_PER_WRITE_MAX) {
        break
      }

      this.#stale.delete(key)
      operations.push(this.#init.restore(Buffer.from(key, 'latin1')))
    }

    return operations
  }
}
