import {
  type LiveRegistration,
  Namespace,
  type RegistrationPage,
  remainingSeconds,
  type SampleOptions
} from '@rendezvous-cluster/rendezvous'
import { LRUCache } from 'lru-cache'
import {
  DRAWN_MAX,
  PART_FRESH_MS,
  PART_SIZE,
  PARTS,
  PAYS_MS,
  POOLS_MAX,
  WHOLE_FRESH_MS,
  WHOLE_MAX
} from './copy-policy.ts'
import type { DrawnMembers } from './draw-members.ts'
import { type CopiedNamespaces, type HeldPool, HeldPools } from './held-pools.ts'
import type { NamespaceKeys } from './keys.ts'
import { type CopiedMember, NamespaceCopy } from './namespace-copy.ts'
import { NamespaceDemand } from './namespace-demand.ts'
import { NamespacePart } from './namespace-part.ts'
import type { NamespaceChanges } from './read-changes.ts'
import type { RedisClock } from './redis-clock.ts'

/**
 * Registrations of a large namespace that a spread answer is drawn from at least: in fewer there may
 * be hardly another prefix than the one that registered most.
 */
const SPREAD_FROM = 1000

/** One of the clocks was set, where Redis's and this node's have gone on differently by so much, in milliseconds. */
const CLOCK_JUMP_MS = 1000

/** Reads that a page waits for at most: one that was under way, and another one that knows of all writes before. */
const PAGE_READS_MAX = 2

/** Registrations of a namespace, copied from Redis. */
export type PoolContent =
  /** All that are alive, with a sequence up to which nothing is missing. */
  | { isWhole: true; clock: RedisClock; members: CopiedMember[]; nowMs: number; head: number }
  /** Some at random: there are too many. */
  | { isWhole: false; clock: RedisClock; members: CopiedMember[] }

/**
 * How a namespace was read: what had changed since the last time, all of it, a random part, or registrations drawn for
 * one answer; the label of `rendezvous_namespace_reads_total`.
 */
export type NamespaceRead = 'changes' | 'all' | 'part' | 'drawn'

/** A read under way; nothing where what was there is of no use any more. */
interface Filling {
  held: Promise<HeldPool | undefined>
  /** To be shown once it is there. */
  writes: ((held: HeldPool) => void)[]
}

export interface NamespacePoolsInit {
  /** A steady clock in milliseconds. */
  now: () => number
  random: () => number
  /** How long registrations outlive their TTL, in milliseconds. */
  graceMs: () => number
  /** Most bytes of all pools together. */
  bytesMax: number
  /** Whether Redis keeps an order, by which it can tell what has changed. */
  isOrdered: () => boolean
  /** Whether IP prefixes are read too. */
  hasPrefixes: () => boolean
  /** How often its server was connected to: another one, or the same after a while, may have lost what it had. */
  connections: (keys: NamespaceKeys) => number
  clockOf: (keys: NamespaceKeys) => RedisClock
  /**
   * Reads a namespace from Redis, or so many parts of a large one. Runs once at a time per
   * namespace.
   */
  fill: (keys: NamespaceKeys, parts: number) => Promise<PoolContent>
  /** Reads what has changed since a sequence; nothing where that can't be told now. */
  readChanges: (keys: NamespaceKeys, after: number) => Promise<NamespaceChanges | undefined>
  /** Draws so many registrations in Redis, or answers all where those are at most twice as many. */
  drawInRedis: (keys: NamespaceKeys, wanted: number) => Promise<DrawnMembers>
  onRead: (read: NamespaceRead) => void
  /** A copy would have paid, and there was no room for it. */
  onNoRoom: () => void
}

/**
 * Copies of the namespaces that much is asked of. Where Redis keeps an order a copy is read once, and from then on what
 * has changed, once per moment; else, and of large namespaces, it is read anew each time. Of others answers are drawn
 * in Redis. Each answer is a fresh draw.
 */
export class NamespacePools {
  readonly #init: NamespacePoolsInit
  readonly #pools: HeldPools
  readonly #filling = new Map<string, Filling>()
  readonly #demand: NamespaceDemand
  /** When namespaces were found to have too many registrations for a copy. */
  readonly #tooLargeAtMs = new LRUCache<string, number>({ max: POOLS_MAX })

  constructor(init: NamespacePoolsInit) {
    this.#init = init
    this.#demand = new NamespaceDemand({ now: init.now, copyMs: WHOLE_FRESH_MS })
    this.#pools = new HeldPools(init)
  }

  get copied(): CopiedNamespaces {
    return this.#pools.copied
  }

  async draw(
    keys: NamespaceKeys,
    limit: number,
    { isSpread = false }: SampleOptions = {}
  ): Promise<LiveRegistration[]> {
    const wanted = isSpread ? Math.max(limit, SPREAD_FROM) : limit
    const isCopied = this.#isToBeCopied(keys, wanted)
    let held = await this.#fresh(keys, isCopied || wanted > DRAWN_MAX)

    if (held == null) {
      return this.#drawInRedis(keys, limit)
    }

    const { members } = held.pool

    // A part that is new may have to grow first.
    if (
      held.pool instanceof NamespacePart &&
      members.size < wanted &&
      members.size < PARTS * PART_SIZE
    ) {
      const missing = Math.ceil((wanted - members.size) / PART_SIZE)

      held = await this.#filled(keys, Math.min(missing, PARTS))
    }

    return held.pool.draw(limit, isSpread)
  }

  /** @returns nothing where there is no copy that could tell */
  async page(
    keys: NamespaceKeys,
    after: number,
    limit: number
  ): Promise<RegistrationPage | undefined> {
    const isCopied = !this.#isTooLarge(keys.nsid) && this.#isToBeCopied(keys, limit)
    const copy = await this.#copyForPage(keys, after, isCopied)

    return copy == null || after > copy.head ? undefined : copy.page(after, limit)
  }

  /** Shows this node's own writes at once. */
  put(nsid: string, member: CopiedMember): void {
    const filling = this.#filling.get(nsid)
    const held = this.#pools.peek(nsid)

    if (filling != null) {
      // A copy: the bytes are a view on a request's frame, which would be kept whole.
      const { record, peerId } = member
      const kept = { ...member, record: new Uint8Array(record), peerId: new Uint8Array(peerId) }

      filling.writes.push((one) => show(one, kept))
    }

    if (held != null && !this.#isStale(held) && answersMeanwhile(held, filling)) {
      show(held, member)
    }
  }

  remove(nsid: string, peerId: Uint8Array): void {
    const filling = this.#filling.get(nsid)
    const held = this.#pools.peek(nsid)

    if (filling != null) {
      const kept = new Uint8Array(peerId)

      filling.writes.push(({ pool }) => pool.remove(kept))
    }

    // Also from one that has to be read again: no sequence tells of what was removed.
    if (held != null && answersMeanwhile(held, filling)) {
      held.pool.remove(peerId)
    }
  }

  clear(): void {
    this.#pools.clear()
    this.#tooLargeAtMs.clear()
  }

  #isToBeCopied(keys: NamespaceKeys, wanted: number): boolean {
    if (!this.#demand.ask(keys.nsid, wanted)) {
      return false
    }

    const hasRoom = this.#pools.hasRoom(keys.nsid)

    if (!hasRoom) {
      this.#init.onNoRoom()
    }

    return hasRoom
  }

  async #drawInRedis(keys: NamespaceKeys, limit: number): Promise<LiveRegistration[]> {
    const { clock, alive, members } = await this.#init.drawInRedis(keys, limit)
    const now = clock.latest()
    const deadUntilMs = now - this.#init.graceMs()
    const live = members.filter(({ expiresAtMs }) => expiresAtMs > deadUntilMs)

    this.#learn(keys, alive)
    this.#init.onRead('drawn')

    return drawn(live, limit, this.#init.random).map(({ record, expiresAtMs }) => ({
      record,
      ttlSeconds: remainingSeconds(expiresAtMs, now)
    }))
  }

  /** For the first page one that is fresh, with all writes of this node; for who reads on one that was read just now. */
  async #copyForPage(
    keys: NamespaceKeys,
    after: number,
    isCopied: boolean
  ): Promise<NamespaceCopy | undefined> {
    const askedAtMs = this.#init.now()

    for (let read = 1; ; read++) {
      const known = this.#pools.peek(keys.nsid)
      const isPart = known?.pool instanceof NamespacePart && !this.#isStale(known)
      const held = isPart ? undefined : await this.#fresh(keys, isCopied, 0)

      if (!(held?.pool instanceof NamespaceCopy)) {
        return undefined
      }

      const isBehind = after === 0 ? held.pool.hasUnplaced : held.filledAtMs < askedAtMs

      if (!isBehind || read === PAGE_READS_MAX) {
        return held.pool
      }

      held.isOutdated = true
    }
  }

  /**
   * A pool that may answer. Whoever asks while it is being read waits for the same one.
   *
   * @param isCopied - whether to make one where there is none
   * @returns nothing where there is none
   */
  async #fresh(keys: NamespaceKeys, isCopied: boolean, parts = 1): Promise<HeldPool | undefined> {
    const known = this.#pools.use(keys.nsid)

    if (known != null && !this.#isStale(known)) {
      return known
    }

    const reading = this.#filling.get(keys.nsid)?.held ?? this.#refreshing(keys, known)
    const held = reading == null ? undefined : await reading

    return held ?? (isCopied ? this.#filled(keys, parts) : undefined)
  }

  /** Nothing where what has changed would not make it what is in Redis now. */
  #refreshing(
    keys: NamespaceKeys,
    known: HeldPool | undefined
  ): Promise<HeldPool | undefined> | undefined {
    return known?.pool instanceof NamespaceCopy &&
      this.#isOfSameServer(keys, known) &&
      this.#init.isOrdered()
      ? this.#refreshed(keys, known, known.pool)
      : undefined
  }

  #isOfSameServer(keys: NamespaceKeys, { pool, connections }: HeldPool): boolean {
    return pool.clock === this.#init.clockOf(keys) && connections === this.#init.connections(keys)
  }

  /** The same one with what has changed, or nothing, where it was of no use any more. */
  #refreshed(
    keys: NamespaceKeys,
    held: HeldPool,
    copy: NamespaceCopy
  ): Promise<HeldPool | undefined> {
    return this.#once(keys, async () => {
      const askedAtMs = this.#init.now()
      const changes = await this.#init.readChanges(keys, copy.head)
      const toldAtMs = this.#init.now()

      this.#init.onRead('changes')

      if (
        changes == null ||
        // Put out meanwhile: what it had of the slots is another one's.
        this.#pools.peek(keys.nsid) !== held ||
        // Another one may have answered, and only then be known to have taken over.
        !this.#isOfSameServer(keys, held) ||
        changes.alive > WHOLE_MAX ||
        hasJumped(changes.nowMs - held.redisMs, {
          atLeast: askedAtMs - held.toldAtMs,
          atMost: toldAtMs - held.filledAtMs
        }) ||
        !copy.apply(changes)
      ) {
        this.#pools.putOut(keys.nsid, held)

        return undefined
      }

      Object.assign(held, { filledAtMs: askedAtMs, toldAtMs, redisMs: changes.nowMs })
      held.isOutdated = false
      this.#learn(keys, changes.alive)
      this.#pools.makeRoom()

      return held
    })
  }

  #filled(keys: NamespaceKeys, parts: number): Promise<HeldPool> {
    return this.#once(keys, async () => {
      const connections = this.#init.connections(keys)
      const askedAtMs = this.#init.now()
      const isKept = this.#pools.hasRoom(keys.nsid)
      const content = await this.#init.fill(keys, parts)
      const toldAtMs = this.#init.now()
      // A whole one shows who registered before it was asked for. A part is a matter of chance: on a
      // slow way to Redis it would be over before it is there.
      const filledAtMs = content.isWhole ? askedAtMs : toldAtMs
      const pool = content.isWhole
        ? this.#copyOf(keys, content)
        : this.#partOf(keys, content, filledAtMs)
      const held: HeldPool = {
        pool,
        filledAtMs,
        toldAtMs,
        redisMs: content.isWhole ? content.nowMs : 0,
        usedAtMs: filledAtMs,
        isOutdated: false,
        connections
      }

      if (content.isWhole && !isKept) {
        // For those who wait alone.
        this.#pools.leave(pool)
      } else {
        this.#pools.hold(keys.nsid, held)
      }

      this.#learn(keys, content.isWhole ? content.members.length : Infinity)
      this.#pools.makeRoom()
      this.#init.onRead(content.isWhole ? 'all' : 'part')

      if (!content.isWhole) {
        this.#tooLargeAtMs.set(keys.nsid, filledAtMs)
      }

      return held
    })
  }

  #copyOf(
    { identity }: NamespaceKeys,
    { clock, members, head }: PoolContent & { isWhole: true }
  ): NamespaceCopy {
    const namespace = Namespace.parse(identity.subarray(1))
    const copy = new NamespaceCopy({ ...this.#poolInit(), namespace, clock })

    copy.fill(members, head)

    return copy
  }

  /** With what of a part is still good for answers, when another draw comes to it. */
  #partOf(
    { nsid }: NamespaceKeys,
    { clock, members }: PoolContent,
    filledAtMs: number
  ): NamespacePart {
    const known = this.#pools.peek(nsid)?.pool
    const part =
      known instanceof NamespacePart && known.clock === clock
        ? known
        : new NamespacePart({ ...this.#poolInit(), clock })

    part.add(members, filledAtMs, filledAtMs - PART_FRESH_MS)

    return part
  }

  #poolInit() {
    const { random, graceMs } = this.#init

    return { ...this.#pools.place(), random, graceMs }
  }

  /** Reads of one namespace one after the other, and shows in each what was written meanwhile. */
  #once<T extends HeldPool | undefined>(keys: NamespaceKeys, read: () => Promise<T>): Promise<T> {
    const underWay = this.#filling.get(keys.nsid)

    if (underWay != null) {
      return underWay.held.then((held) => (held as T) ?? this.#once(keys, read))
    }

    const writes: Filling['writes'] = []
    const readAndShow = async () => {
      try {
        const one = await read()

        if (one != null) {
          for (const showIn of writes) {
            showIn(one)
          }
        }

        return one
      } finally {
        // At once: what is written from now on goes to the pool.
        this.#filling.delete(keys.nsid)
      }
    }
    const held = readAndShow()

    this.#filling.set(keys.nsid, { held, writes })

    return held
  }

  /** @param alive - live registrations; Infinity for more than are copied */
  #learn({ nsid }: NamespaceKeys, alive: number): void {
    const isLarge = alive > WHOLE_MAX
    const isKept = !isLarge && this.#init.isOrdered()

    this.#demand.learn(nsid, isLarge ? PART_SIZE : alive, isKept ? PAYS_MS : WHOLE_FRESH_MS)
  }

  #isStale({ pool, filledAtMs, isOutdated }: HeldPool): boolean {
    const freshMs = pool instanceof NamespaceCopy ? WHOLE_FRESH_MS : PART_FRESH_MS / PARTS

    return isOutdated || this.#init.now() - filledAtMs > freshMs
  }

  #isTooLarge(nsid: string): boolean {
    const atMs = this.#tooLargeAtMs.get(nsid)

    return atMs != null && this.#init.now() - atMs < PAYS_MS
  }
}

/** Whether one that is being read may be asked meanwhile: a part that grows. A copy is read once it is stale. */
function answersMeanwhile({ pool }: HeldPool, filling: Filling | undefined): boolean {
  return filling == null || pool instanceof NamespacePart
}

function show(held: HeldPool, member: CopiedMember): void {
  if (!held.pool.put(member)) {
    held.isOutdated = true
  }
}

/** Whether a clock went on by neither of these nor by anything between, in milliseconds. */
function hasJumped(
  byMs: number,
  { atLeast, atMost }: { atLeast: number; atMost: number }
): boolean {
  return byMs < atLeast - CLOCK_JUMP_MS || byMs > atMost + CLOCK_JUMP_MS
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
