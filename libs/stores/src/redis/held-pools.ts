import { LRUCache } from 'lru-cache'
import { RegistrationSlots } from '../held/registration-slots.ts'
import { PAYS_MS, POOL_BYTES, POOLS_MAX, ROOM } from './copy-policy.ts'
import type { NamespaceCopy } from './namespace-copy.ts'
import type { NamespacePart } from './namespace-part.ts'

/** Bytes of the heap that a registration takes where prefixes take turns. */
const PREFIX_BYTES = 350

/** What copies hold, together. */
export interface CopiedNamespaces {
  registrations: number
  bytes: number
}

/** A pool, and when it was what is in Redis. */
export interface HeldPool {
  pool: NamespaceCopy | NamespacePart
  filledAtMs: number
  /** What time it was in Redis then, and here when Redis had told; of a copy only. */
  redisMs: number
  toldAtMs: number
  usedAtMs: number
  /** Whether it may answer nobody until it was read again, however fresh. */
  isOutdated: boolean
  /** Of the connection that it was read through. */
  connections: number
}

export interface HeldPoolsInit {
  /** A steady clock in milliseconds. */
  now: () => number
  /** Most bytes of all pools together. */
  bytesMax: number
  /** Whether IP prefixes are held too. */
  hasPrefixes: () => boolean
}

/** Pools by namespace, within so many bytes: what was longest not asked goes first. */
export class HeldPools {
  readonly #init: HeldPoolsInit
  readonly #slots = new RegistrationSlots()
  readonly #pools: LRUCache<string, HeldPool>
  readonly #freeOwners: number[] = []
  #owners = 0
  /** Out of use, to be released once nobody can be about to answer from them. */
  #leftOver: HeldPool['pool'][] = []

  constructor(init: HeldPoolsInit) {
    this.#init = init
    this.#pools = new LRUCache({ max: POOLS_MAX, dispose: ({ pool }) => this.leave(pool) })
  }

  get copied(): CopiedNamespaces {
    return { registrations: this.#slots.size, bytes: this.#bytes() }
  }

  /** Where a new pool keeps its registrations, until it leaves. */
  place(): { slots: RegistrationSlots; owner: number } {
    return { slots: this.#slots, owner: this.#freeOwners.pop() ?? this.#owners++ }
  }

  peek(nsid: string): HeldPool | undefined {
    return this.#pools.peek(nsid)
  }

  /** For who asks: it is in use. */
  use(nsid: string): HeldPool | undefined {
    const held = this.#pools.get(nsid)

    if (held != null) {
      held.usedAtMs = this.#init.now()
    }

    return held
  }

  /** In place of the one that was there; the same one with what is new about it stays where it is. */
  hold(nsid: string, held: HeldPool): void {
    const known = this.#pools.peek(nsid)

    if (known?.pool === held.pool) {
      // What is put out is released.
      Object.assign(known, held)
    } else {
      this.#pools.set(nsid, held)
    }
  }

  putOut(nsid: string, held: HeldPool): void {
    if (this.#pools.peek(nsid) === held) {
      this.#pools.delete(nsid)
    }
  }

  /** Whether a pool of it would stay: not where it puts out others that are in use. */
  hasRoom(nsid: string): boolean {
    const [oldest] = this.#pools.rvalues()

    return (
      oldest == null ||
      this.#init.now() - oldest.usedAtMs > PAYS_MS ||
      this.#pools.has(nsid) ||
      (this.#bytes() < this.#init.bytesMax * ROOM && this.#pools.size < POOLS_MAX)
    )
  }

  /** Once those who wait have answered: they may be about to draw from what has to go. */
  makeRoom(): void {
    if (this.#bytes() > this.#init.bytesMax) {
      setImmediate(() => {
        while (this.#bytes() > this.#init.bytesMax && this.#pools.size > 0) {
          this.#pools.pop()
          this.#releaseLeftOver()
        }
      })
    }
  }

  /** One that is not held any more, or never was. */
  leave(pool: HeldPool['pool']): void {
    if (this.#leftOver.length === 0) {
      setImmediate(() => this.#releaseLeftOver())
    }

    this.#leftOver.push(pool)
  }

  clear(): void {
    this.#pools.clear()
    this.#releaseLeftOver()
  }

  #bytes(): number {
    const each = this.#init.hasPrefixes() ? PREFIX_BYTES : 0

    return this.#slots.heldBytes + this.#slots.size * each + this.#pools.size * POOL_BYTES
  }

  #releaseLeftOver(): void {
    for (const pool of this.#leftOver.splice(0)) {
      pool.release()
      this.#freeOwners.push(pool.owner)
    }
  }
}
