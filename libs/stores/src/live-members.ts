import { PrefixGroups } from './prefix-groups.ts'

/** What a store holds in memory of a registration, besides whose it is. */
export interface MemberContent {
  record: Uint8Array
  /** End of the TTL, without grace, on the store's clock. */
  expiresAtMs: number
  /** The IP prefix that it counts in, where that is known and kept. */
  ipPrefix?: number
}

/** A registration as a store holds it in memory. */
export interface Member extends MemberContent {
  /** The peer id's bytes as a string of code points 0-255. */
  peerKey: string
  /** Index in the list it is drawn from. */
  position: number
}

/**
 * The registrations of one namespace, drawn at random: put, delete and each draw take constant
 * time, whatever their number.
 */
export class LiveMembers {
  readonly #byPeer = new Map<string, Member>()
  readonly #list: Member[] = []
  readonly #random: () => number
  /** From the first member on whose prefix is known: else they would cost memory for nothing. */
  #groups?: PrefixGroups

  /** @param random - uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random
  }

  get size(): number {
    return this.#list.length
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#list.values()
  }

  get(peerKey: string): Member | undefined {
    return this.#byPeer.get(peerKey)
  }

  /** Those of an IP prefix, expired ones too. */
  membersOf(ipPrefix: number): readonly Member[] {
    return this.#groups?.membersOf(ipPrefix) ?? []
  }

  /** Adds a member, or changes the one of that peer in place. */
  put(peerKey: string, { record, expiresAtMs, ipPrefix }: MemberContent): Member {
    const known = this.#byPeer.get(peerKey)
    const member = known ?? { peerKey, record, expiresAtMs, position: this.#list.length }

    member.record = record
    member.expiresAtMs = expiresAtMs

    if (known == null) {
      this.#byPeer.set(peerKey, member)
      this.#list.push(member)
    }

    this.#group(member, ipPrefix)

    return member
  }

  delete(peerKey: string): Member | undefined {
    const member = this.#byPeer.get(peerKey)

    if (member != null) {
      this.#swap(member.position, this.#list.length - 1)
      this.#list.pop()
      this.#byPeer.delete(peerKey)
      this.#groups?.delete(member)
    }

    return member
  }

  /**
   * Draws up to `limit` distinct members that expire after `deadUntilMs`, in random order, by a
   * shuffle that stops after `limit` steps. Dead ones that it meets are deleted and returned too:
   * each of them is met once, so a backlog is paid for by the puts that made it.
   */
  draw(limit: number, deadUntilMs: number): { live: Member[]; dead: Member[] } {
    const live: Member[] = []
    const dead: Member[] = []

    while (live.length < limit && live.length < this.#list.length) {
      const rest = this.#list.length - live.length
      const drawn = live.length + Math.floor(this.#random() * rest)
      const member = this.#list[drawn] as Member

      if (member.expiresAtMs <= deadUntilMs) {
        this.delete(member.peerKey)
        dead.push(member)
      } else {
        this.#swap(live.length, drawn)
        live.push(member)
      }
    }

    return { live, dead }
  }

  /** As {@link draw}, but IP prefixes take turns, and so does each member without one. */
  drawSpread(limit: number, deadUntilMs: number): { live: Member[]; dead: Member[] } {
    if (this.#groups == null) {
      return this.draw(limit, deadUntilMs)
    }

    const drawn = this.#groups.draw(limit, deadUntilMs)

    for (const { peerKey } of drawn.dead) {
      this.delete(peerKey)
    }

    return drawn
  }

  #group(member: Member, ipPrefix: number | undefined): void {
    if (this.#groups == null && ipPrefix == null) {
      return
    }

    member.ipPrefix = ipPrefix

    if (this.#groups == null) {
      this.#groups = new PrefixGroups(this.#random)

      for (const one of this.#list) {
        this.#groups.put(one)
      }
    } else {
      this.#groups.put(member)
    }
  }

  #swap(a: number, b: number): void {
    const first = this.#list[a] as Member
    const second = this.#list[b] as Member

    this.#list[a] = second
    this.#list[b] = first
    second.position = a
    first.position = b
  }
}
