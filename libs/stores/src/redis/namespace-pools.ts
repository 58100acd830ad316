import type { LiveRegistration, SampleOptions } from '@rendezvous-cluster/rendezvous'
import { remainingSeconds } from '@rendezvous-cluster/rendezvous'
import { LRUCache } from 'lru-cache'
import { LiveMembers, type MemberContent } from '../live-members.ts'
import { bytesOfCopy } from './bytes-of-copy.ts'
import type { DrawnMembers } from './draw-members.ts'
import type { NamespaceKeys } from './keys.ts'
import { NamespaceDemand } from './namespace-demand.ts'
import type { RedisClock } from './redis-clock.ts'

/** How long a copy of a whole namespace answers, in milliseconds. */
const WHOLE_FRESH_MS = 50

/** How long a registration drawn from a large namespace answers, in milliseconds. */
const PART_FRESH_MS = 750

/** Draws that a pool of a large namespace is made of. One is replaced at a time. */
const PARTS = 8

/** Up to this many live registrations a copy is the whole namespace. */
export const WHOLE_MAX = 5000

/** Registrations of a draw, give or take a window. */
export const PART_SIZE = 250

/**
 * Registrations of a large namespace that a spread answer is drawn from at least: in fewer there may
 * be hardly another prefix than the one that registered most.
 */
const SPREAD_FROM = 1000

/** Most registrations drawn in Redis for one answer, which holds it up for some 0.2 ms then. */
const DRAWN_MAX = 100

/** Some registrations of a namespace, copied from Redis. */
export interface PoolContent {
  /** Of the server that it was copied from. */
  clock: RedisClock
  /** Whether these are all live registrations of the namespace, or a random part of them. */
  isWhole: boolean
  members: (MemberContent & { peerKey: string })[]
}

interface Pool {
  clock: RedisClock
  isWhole: boolean
  members: LiveMembers
  filledAtMs: number
  /** Of a part: when each of its members was drawn last. */
  drawnAtMs: Map<string, number>
}

/** What puts leave behind, by peer; `undefined` stands for a removal. */
type Writes = Map<string, MemberContent | undefined>

export interface NamespacePoolsInit {
  /** A steady clock in milliseconds. */
  now: () => number
  random: () => number
  /** How long registrations outlive their TTL, in milliseconds. */
  graceMs: () => number
  /** Most bytes of all pools together. */
  bytesMax: number
  /**
   * Reads a namespace from Redis, or so many parts of a large one. Runs once at a time per
   * namespace.
   */
  fill: (keys: NamespaceKeys, parts: number) => Promise<PoolContent>
  /** Draws so many registrations in Redis, or answers all where those are at most twice as many. */
  drawInRedis: (keys: NamespaceKeys, wanted: number) => Promise<DrawnMembers>
}

/**
 * Copies of the namespaces that much is asked of, so that Redis is read once per namespace and moment instead
 * of once per DISCOVER. Of others answers are drawn in Redis. Each answer is a fresh draw.
 */
export class NamespacePools {
  readonly #init: NamespacePoolsInit
  readonly #pools: LRUCache<string, Pool>
  readonly #filling = new Map<string, { pool: Promise<Pool>; writes: Writes }>()
  readonly #demand: NamespaceDemand

  constructor(init: NamespacePoolsInit) {
    this.#init = init
    this.#demand = new NamespaceDemand({ now: init.now, copyMs: WHOLE_FRESH_MS })
    this.#pools = new LRUCache({
      maxSize: init.bytesMax,
      sizeCalculation: ({ members }) => bytesOfCopy(members)
    })
  }

  async draw(
    keys: NamespaceKeys,
    limit: number,
    { isSpread = false }: SampleOptions = {}
  ): Promise<LiveRegistration[]> {
    const wanted = isSpread ? Math.max(limit, SPREAD_FROM) : limit
    const isCopied = this.#demand.ask(keys.nsid, wanted) || wanted > DRAWN_MAX
    let pool = this.#pools.get(keys.nsid)

    if (pool == null || this.#isStale(pool)) {
      if (!isCopied && !this.#filling.has(keys.nsid)) {
        return this.#drawInRedis(keys, limit)
      }

      pool = await this.#filled(keys, 1)
    }

    // A pool that is new may have to grow first.
    if (!pool.isWhole && pool.members.size < wanted && pool.members.size < PARTS * PART_SIZE) {
      const missing = Math.ceil((wanted - pool.members.size) / PART_SIZE)

      pool = await this.#filled(keys, Math.min(missing, PARTS))
    }

    const now = pool.clock.latest()
    const deadUntilMs = now - this.#init.graceMs()
    const { live } = isSpread
      ? pool.members.drawSpread(limit, deadUntilMs)
      : pool.members.draw(limit, deadUntilMs)

    return live.map((member) => toLive(member, now))
  }

  async #drawInRedis(keys: NamespaceKeys, limit: number): Promise<LiveRegistration[]> {
    const { clock, alive, members } = await this.#init.drawInRedis(keys, limit)
    const now = clock.latest()
    const deadUntilMs = now - this.#init.graceMs()
    const live = members.filter(({ expiresAtMs }) => expiresAtMs > deadUntilMs)

    this.#demand.learn(keys.nsid, alive > WHOLE_MAX ? PART_SIZE : alive)

    return drawn(live, limit, this.#init.random).map((member) => toLive(member, now))
  }

  /** Shows this node's own writes at once. A new one joins a part only by being drawn into it. */
  put(nsid: string, peerKey: string, content: MemberContent): void {
    // A copy: the bytes are a view on a request's frame, which would be kept whole.
    this.#write(nsid, peerKey, { ...content, record: new Uint8Array(content.record) })
  }

  remove(nsid: string, peerKey: string): void {
    this.#write(nsid, peerKey, undefined)
  }

  clear(): void {
    this.#pools.clear()
  }

  /** A fresh pool. Whoever asks while it is being filled waits for the same one. */
  #filled(keys: NamespaceKeys, parts: number): Promise<Pool> {
    const filling = this.#filling.get(keys.nsid)

    if (filling != null) {
      return filling.pool
    }

    const writes: Writes = new Map()
    const pool = this.#fill(keys, parts, writes).finally(() => this.#filling.delete(keys.nsid))

    this.#filling.set(keys.nsid, { pool, writes })

    return pool
  }

  async #fill(keys: NamespaceKeys, parts: number, writes: Writes): Promise<Pool> {
    const askedAtMs = this.#init.now()
    const { clock, isWhole, members } = await this.#init.fill(keys, parts)
    // A whole one shows who registered before it was asked for. A part is a matter of chance: on a
    // slow way to Redis it would be over before it is there.
    const filledAtMs = isWhole ? askedAtMs : this.#init.now()
    const known = isWhole ? undefined : this.#knownPart(keys, clock)
    const pool: Pool = {
      clock,
      isWhole,
      members: known?.members ?? new LiveMembers(this.#init.random),
      drawnAtMs: known?.drawnAtMs ?? new Map(),
      filledAtMs
    }

    for (const { peerKey, ...content } of members) {
      pool.members.put(peerKey, content)

      if (!isWhole) {
        pool.drawnAtMs.set(peerKey, filledAtMs)
      }
    }

    for (const [peerKey, written] of writes) {
      apply(pool, peerKey, written)
    }

    this.#pools.set(keys.nsid, pool)
    this.#demand.learn(keys.nsid, isWhole ? members.length : PART_SIZE)

    return pool
  }

  /** What of a part is still good for answers, when another draw comes to it. */
  #knownPart(keys: NamespaceKeys, clock: RedisClock): Pool | undefined {
    const known = this.#pools.peek(keys.nsid)

    if (known == null || known.isWhole || known.clock !== clock) {
      return undefined
    }

    for (const [peerKey, drawnAtMs] of known.drawnAtMs) {
      if (this.#init.now() - drawnAtMs > PART_FRESH_MS) {
        known.drawnAtMs.delete(peerKey)
        known.members.delete(peerKey)
      }
    }

    return known
  }

  /** A write goes to the pool that answers, and to the one that is being filled for later. */
  #write(nsid: string, peerKey: string, written: MemberContent | undefined): void {
    const pool = this.#pools.peek(nsid)

    this.#filling.get(nsid)?.writes.set(peerKey, written)

    // One that answers no more would only grow.
    if (pool != null && !this.#isStale(pool)) {
      apply(pool, peerKey, written)
    }
  }

  #isStale(pool: Pool): boolean {
    const freshMs = pool.isWhole ? WHOLE_FRESH_MS : PART_FRESH_MS / PARTS

    return this.#init.now() - pool.filledAtMs > freshMs
  }
}

function toLive(
  { record, expiresAtMs }: Pick<MemberContent, 'record' | 'expiresAtMs'>,
  nowMs: number
): LiveRegistration {
  return { record, ttlSeconds: remainingSeconds(expiresAtMs, nowMs) }
}

/** Up to so many of them, in random order. Changes their own. */
function drawn<T>(from: T[], count: number, random: () => number): T[] {
  const wanted = Math.min(count, from.length)

  for (let index = 0; index < wanted; index++) {
    const other = index + Math.floor(random() * (from.length - index))
    const [one, another] = [from[index] as T, from[other] as T]

    from[index] = another
    from[other] = one
  }

  return from.slice(0, wanted)
}

function apply(
  { isWhole, members }: Pool,
  peerKey: string,
  written: MemberContent | undefined
): void {
  if (written == null) {
    members.delete(peerKey)
  } else if (isWhole || members.get(peerKey) != null) {
    members.put(peerKey, written)
  }
}
