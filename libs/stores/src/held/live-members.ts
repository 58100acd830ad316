import { PrefixGroups } from './prefix-groups.ts'
import type { HeldContent, RegistrationSlots } from './registration-slots.ts'

/** What an answer may draw of a registration. */
export interface MemberContent extends HeldContent {
  /** The IP prefix that it counts in, where that is known and kept. */
  ipPrefix?: number
}

/** Slots that were drawn. */
export interface Drawn {
  live: number[]
  dead: number[]
}

/**
 * The registrations of one namespace, drawn at random: put, delete and each draw take constant
 * time, whatever their number.
 */
export class LiveMembers {
  readonly #slots: RegistrationSlots
  readonly #owner: number
  readonly #list: number[] = []
  readonly #random: () => number
  /** From the first member on whose prefix is known: else they would cost memory for nothing. */
  #groups?: PrefixGroups

  /**
   * @param slots - where they are held, with those of other owners
   * @param random - uniform in [0, 1)
   */
  constructor(slots: RegistrationSlots, owner: number, random: () => number) {
    this.#slots = slots
    this.#owner = owner
    this.#random = random
  }

  get size(): number {
    return this.#list.length
  }

  /** Slots, in the order of the list that draws change. */
  [Symbol.iterator](): IterableIterator<number> {
    return this.#list.values()
  }

  find(peerId: Uint8Array): number | undefined {
    return this.#slots.find(this.#owner, peerId)
  }

  /** Slots of an IP prefix, expired ones too. */
  membersOf(ipPrefix: number): readonly number[] {
    return this.#groups?.membersOf(ipPrefix) ?? []
  }

  prefixOf(slot: number): number | undefined {
    return this.#groups?.prefixOf(slot)
  }

  /**
   * Adds a member, or changes the one of that peer.
   *
   * @param known - what {@link find} finds, for those who have looked already
   * @returns its slot
   */
  put(peerId: Uint8Array, content: MemberContent, known = this.find(peerId)): number {
    const slot = known ?? this.#slots.add(this.#owner, peerId, content)

    if (known == null) {
      this.#slots.setPosition(slot, this.#list.length)
      this.#list.push(slot)
    } else {
      this.#slots.replace(slot, content)
    }

    this.#group(slot, content.ipPrefix)

    return slot
  }

  /** @param slot - one of its own */
  delete(slot: number): void {
    this.#swap(this.#slots.position(slot), this.#list.length - 1)
    this.#list.pop()
    this.#groups?.delete(slot)
    this.#slots.delete(slot)
  }

  /**
   * Draws up to `limit` distinct members that expire after `deadUntilMs`, in random order, by a
   * shuffle that stops after `limit` steps. Tells which dead ones it has met; the caller deletes them. Each of
   * them is met once then, so a backlog is paid for by the puts that made it.
   */
  draw(limit: number, deadUntilMs: number): Drawn {
    let live = 0
    let end = this.#list.length

    while (live < limit && live < end) {
      const drawn = live + Math.floor(this.#random() * (end - live))

      if (this.#slots.expiresAtMs(this.#list[drawn] as number) <= deadUntilMs) {
        // Behind all that can be drawn.
        this.#swap(drawn, --end)
      } else {
        this.#swap(live++, drawn)
      }
    }

    return { live: this.#list.slice(0, live), dead: this.#list.slice(end) }
  }

  /** As {@link draw}, but IP prefixes take turns, and so does each member without one. */
  drawSpread(limit: number, deadUntilMs: number): Drawn {
    return this.#groups?.draw(limit, deadUntilMs) ?? this.draw(limit, deadUntilMs)
  }

  #group(slot: number, ipPrefix: number | undefined): void {
    if (this.#groups == null && ipPrefix == null) {
      return
    }

    if (this.#groups == null) {
      this.#groups = new PrefixGroups(this.#slots, this.#random)

      for (const one of this.#list) {
        this.#groups.put(one, undefined)
      }
    }

    this.#groups.put(slot, ipPrefix)
  }

  #swap(a: number, b: number): void {
    const first = this.#list[a] as number
    const second = this.#list[b] as number

    this.#list[a] = second
    this.#list[b] = first
    this.#slots.setPosition(second, a)
    this.#slots.setPosition(first, b)
  }
}
