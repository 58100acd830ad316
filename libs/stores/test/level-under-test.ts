import type { LiveRegistration, PageSource } from '@rendezvous-cluster/rendezvous'
import { afterEach, beforeEach, vi } from 'vitest'
import { peerOf, registrationOf } from '../src/compliance/test-registrations.ts'
import { LevelStore } from '../src/level/level-store.ts'
import { LevelDirectory } from './level-directory.ts'
import { LevelProcess, type Line } from './level-process.ts'

const START_MS = 1_800_000_000_000

export interface LevelUnderTestInit {
  random?: () => number
}

/** One for each test of a file, not opened yet, closed after it. */
export function useLevelUnderTest(): () => LevelUnderTest {
  let underTest: LevelUnderTest

  beforeEach(async () => {
    underTest = await LevelUnderTest.create()
  })

  afterEach(async () => {
    // First: closing may write, and must not meet a disk that fails.
    vi.restoreAllMocks()
    await underTest.dispose()
  })

  return () => underTest
}

/** A store on a directory of its own, by a clock that the test moves. */
export class LevelUnderTest {
  readonly directory: LevelDirectory
  readonly #random: () => number
  #nowMs = START_MS
  #store: LevelStore
  #child: LevelProcess | undefined

  private constructor(directory: LevelDirectory, random: () => number) {
    this.directory = directory
    this.#random = random
    this.#store = this.newStore()
  }

  static async create({ random = Math.random }: LevelUnderTestInit = {}): Promise<LevelUnderTest> {
    return new LevelUnderTest(await LevelDirectory.create(), random)
  }

  /** Another one after each restart. */
  get store(): LevelStore {
    return this.#store
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** Less than 0 sets the clock back. */
  advance(ms: number): void {
    this.#nowMs += ms
  }

  /** By the same clock. It is the test's to close, once it opens it. */
  newStore(path = this.directory.path): LevelStore {
    return new LevelStore({ directory: path, now: () => this.#nowMs, random: this.#random })
  }

  /** Closes the store, and opens another one on the same directory. */
  restart(): Promise<string[]> {
    return this.#replaceBy(this.newStore())
  }

  /** For what a child left: it told the time by the wall clock. */
  restartOnWallClock(): Promise<string[]> {
    return this.#replaceBy(new LevelStore({ directory: this.directory.path }))
  }

  /** Starts `level-child.ts`, which ends with the test at the latest. */
  startChild(args: string[], fileBytesMax?: number): LevelProcess {
    this.#child = new LevelProcess(args, fileBytesMax)

    return this.#child
  }

  async readOn(source: PageSource, after: number) {
    const { registrations, cursor } = await this.#store.page(source, after, 1000)

    return { found: registrations.map(textOf), cursor }
  }

  async putAtOnce(count: number, ttlSeconds: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, (_, peer) =>
        this.#store.put(registrationOf({ peer, ttlSeconds }))
      )
    )
  }

  /** @returns how many it removed */
  async sweepAll(): Promise<number> {
    let removed = 0

    for (;;) {
      const swept = await this.#store.sweep()

      removed += swept.removed

      if (!swept.hasMore) {
        return removed
      }
    }
  }

  async dispose(): Promise<void> {
    await this.#store.close()
    await this.#child?.end()
    await this.directory.remove()
  }

  async #replaceBy(store: LevelStore): Promise<string[]> {
    await this.#store.close()
    this.#store = store

    return store.open()
  }
}

export function puts(lines: Line[]): Line[] {
  return lines.filter(({ word }) => word === 'put')
}

/** What remains of the TTL of each peer that a record names. */
export function byPeer(found: LiveRegistration[]): Map<number, number> {
  return new Map(found.map((registration) => [peerOf(registration), registration.ttlSeconds]))
}

export function peerText(peer: number): string {
  return textOf(registrationOf({ peer }))
}

export function textOf({ record }: { record: Uint8Array }): string {
  return Buffer.from(record).toString()
}
