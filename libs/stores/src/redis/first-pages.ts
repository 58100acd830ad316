import { Namespace, type RegistrationPage } from '@rendezvous-cluster/rendezvous'
import { LRUCache } from 'lru-cache'
import type { MemberContent } from '../held/live-members.ts'
import { bytesOfCopy } from './bytes-of-copy.ts'
import type { NamespaceKeys } from './keys.ts'
import type { PackedMember } from './packed-members.ts'
import { type MemberPage, toPaged } from './read-pages.ts'
import type { RedisClock } from './redis-clock.ts'

/** How long a copy of a page answers, in milliseconds. */
const FRESH_MS = 50

/** Most bytes of all copies together: hardly ever as much is read within {@link FRESH_MS}. */
const BYTES_MAX = 16 * 1024 * 1024

/** Namespaces of which it is remembered when they were asked for last: about 1 MB. */
const ASKED_MAX = 10_000

interface FirstPage {
  namespace: Namespace
  /** Of the server that it was read from. */
  clock: RedisClock
  /** In the order of their sequences; where one was removed there is nothing. */
  members: (PackedMember | undefined)[]
  /** Where in `members` a peer is. From the first write on: most copies end before one comes. */
  places?: Map<string, number>
  cursor: number
  isLast: boolean
  /** How many members were asked for. */
  limit: number
  readAtMs: number
}

interface Reading {
  page: Promise<FirstPage>
  limit: number
  readAtMs: number
  /** Whether a copy stays. */
  isKept: boolean
}

export interface FirstPagesInit {
  /** A steady clock in milliseconds. */
  now: () => number
  /** Of the server that holds a namespace, known once it was read from. */
  clockOf: (keys: NamespaceKeys) => RedisClock
  /** How long registrations outlive their TTL, in milliseconds. */
  graceMs: () => number
  /** Reads up to so many members of a namespace from Redis, from its beginning. */
  read: (keys: NamespaceKeys, limit: number) => Promise<MemberPage>
}

/**
 * Copies of the pages that namespaces begin with, which each new reader asks for, so that Redis is read once
 * per namespace and moment. Where readers go on is another place for each, and read anew. Of a namespace that was
 * not asked for just before there is no copy, unless it is empty: it would outlive the young generation for nothing.
 */
export class FirstPages {
  readonly #init: FirstPagesInit
  readonly #pages: LRUCache<string, FirstPage>
  readonly #reading = new Map<string, Reading>()
  readonly #askedAtMs = new LRUCache<string, number>({ max: ASKED_MAX })

  constructor(init: FirstPagesInit) {
    this.#init = init
    this.#pages = new LRUCache({
      maxSize: BYTES_MAX,
      sizeCalculation: ({ members }) => bytesOfCopy(members)
    })
  }

  /** Without registrations, though others may follow, where all of a copy has ended since. */
  async page(keys: NamespaceKeys, limit: number): Promise<RegistrationPage> {
    const wasAskedBefore = this.#noteAsk(keys.nsid)
    const known = this.#pages.get(keys.nsid)
    const page =
      this.#isFresh(known) && isEnough(known, limit)
        ? known
        : await this.#read(keys, limit, wasAskedBefore)

    return cut(page, limit, this.#init.graceMs())
  }

  /** Shows this node's own writes at once, in the place that the registration had. */
  put(
    nsid: string,
    peerKey: string,
    { record, expiresAtMs }: Pick<MemberContent, 'record' | 'expiresAtMs'>
  ): void {
    this.#write(nsid, (page) => {
      const place = placeOf(page, peerKey)
      const known = place == null ? undefined : page.members[place]

      if (place != null && known != null) {
        // A copy: the bytes are a view on a request's frame, which would be kept whole.
        page.members[place] = { ...known, record: new Uint8Array(record), expiresAtMs }
      }

      // A new one comes behind all others. Whose sequences are how high, Redis alone knows.
      return known != null || !page.isLast
    })
  }

  remove(nsid: string, peerKey: string): void {
    this.#write(nsid, (page) => {
      const place = placeOf(page, peerKey)

      if (place != null) {
        page.members[place] = undefined
      }

      return true
    })
  }

  clear(): void {
    this.#pages.clear()
    this.#askedAtMs.clear()
  }

  /** @param apply - says whether the copy is still what Redis would answer */
  #write(nsid: string, apply: (page: FirstPage) => boolean): void {
    const page = this.#pages.peek(nsid)

    // Who asks from now on must not wait for what may be of before.
    this.#reading.delete(nsid)

    if (page != null && !apply(page)) {
      this.#pages.delete(nsid)
    }
  }

  /** @returns whether somebody has asked shortly before */
  #noteAsk(nsid: string): boolean {
    const nowMs = this.#init.now()
    const beforeMs = this.#askedAtMs.get(nsid) ?? -Infinity

    this.#askedAtMs.set(nsid, nowMs)

    return nowMs - beforeMs <= FRESH_MS
  }

  #isFresh<T extends { readAtMs: number }>(read: T | undefined): read is T {
    return read != null && this.#init.now() - read.readAtMs <= FRESH_MS
  }

  /** Whoever asks for no more shortly after waits for the same one. */
  #read(keys: NamespaceKeys, limit: number, isKept: boolean): Promise<FirstPage> {
    const { nsid } = keys
    const underWay = this.#reading.get(nsid)

    if (this.#isFresh(underWay) && underWay.limit >= limit) {
      underWay.isKept = true

      return underWay.page
    }

    const readAtMs = this.#init.now()
    const isLatest = () => this.#reading.get(nsid) === reading
    const page = this.#readNow(keys, limit, readAtMs)
      .then((read) => {
        if (isLatest() && (reading.isKept || read.members.length === 0)) {
          this.#pages.set(nsid, read)
        }

        return read
      })
      .finally(() => {
        if (isLatest()) {
          this.#reading.delete(nsid)
        }
      })
    const reading: Reading = { page, limit, readAtMs, isKept }

    this.#reading.set(nsid, reading)

    return page
  }

  async #readNow(keys: NamespaceKeys, limit: number, readAtMs: number): Promise<FirstPage> {
    return {
      ...(await this.#init.read(keys, limit)),
      namespace: Namespace.parse(keys.identity.subarray(1)),
      clock: this.#init.clockOf(keys),
      limit,
      readAtMs
    }
  }
}

function isEnough({ limit, isLast }: FirstPage, wanted: number): boolean {
  return isLast || limit >= wanted
}

function placeOf(page: FirstPage, peerKey: string): number | undefined {
  page.places ??= new Map(
    page.members.flatMap((member, place) => (member == null ? [] : [[member.peerKey, place]]))
  )

  return page.places.get(peerKey)
}

/** The first so many that are alive. */
function cut(
  { namespace, clock, members, cursor }: FirstPage,
  limit: number,
  graceMs: number
): RegistrationPage {
  const nowMs = clock.latest()
  const registrations: RegistrationPage['registrations'] = []

  for (const member of members) {
    if (registrations.length === limit) {
      return { registrations, cursor: registrations.at(-1)?.sequence ?? cursor }
    }

    if (member != null && member.expiresAtMs > nowMs - graceMs) {
      registrations.push(toPaged(member, namespace, nowMs))
    }
  }

  return { registrations, cursor }
}
