import type { Drawn } from './live-members.ts'
import type { RegistrationSlots } from './registration-slots.ts'

/** Registrations of one IP prefix, or a single one whose prefix is not known. */
interface Group {
  prefix: number | undefined
  /** Slots, in an order that draws change. */
  members: number[]
  /** Index in the list of groups. */
  position: number
  /** How many of its members the draw under way has come to. */
  drawn: number
}

/** Where a member is found in its group. */
interface Place {
  group: Group
  index: number
}

/**
 * The registrations of a namespace by IP prefix, drawn so that prefixes take turns: put, delete and
 * each draw take constant time, whatever the number of either.
 */
export class PrefixGroups {
  readonly #groups: Group[] = []
  readonly #byPrefix = new Map<number, Group>()
  readonly #places = new Map<number, Place>()
  readonly #slots: RegistrationSlots
  readonly #random: () => number

  /** @param random - uniform in [0, 1) */
  constructor(slots: RegistrationSlots, random: () => number) {
    this.#slots = slots
    this.#random = random
  }

  /** Slots of a prefix, expired ones too. */
  membersOf(prefix: number): readonly number[] {
    return this.#byPrefix.get(prefix)?.members ?? []
  }

  prefixOf(member: number): number | undefined {
    return this.#places.get(member)?.group.prefix
  }

  /** Adds a member, or moves it to the prefix that it has now. */
  put(member: number, prefix: number | undefined): void {
    const known = this.#places.get(member)

    if (known != null && known.group.prefix === prefix) {
      return
    }

    this.delete(member)

    const group = this.#groupOf(prefix)

    this.#places.set(member, { group, index: group.members.length })
    group.members.push(member)
  }

  delete(member: number): void {
    const place = this.#places.get(member)

    if (place == null) {
      return
    }

    const { group, index } = place

    this.#swapMembers(group, index, group.members.length - 1)
    group.members.pop()
    this.#places.delete(member)

    if (group.members.length === 0) {
      this.#remove(group)
    }
  }

  /**
   * Draws up to `limit` distinct members that expire after `deadUntilMs`, in random order: prefixes
   * take turns, in random order too. Tells which dead ones it has met; the caller deletes them.
   */
  draw(limit: number, deadUntilMs: number): Drawn {
    const live: number[] = []
    const dead: number[] = []
    let turns: Group[] = []

    for (let turn = 0; turn < this.#groups.length && live.length < limit; turn++) {
      this.#swapGroups(turn, this.#randomIndex(turn, this.#groups.length))

      const group = this.#groups[turn] as Group

      group.drawn = 0
      this.#drawFrom(group, deadUntilMs, live, dead)
      turns.push(group)
    }

    while (live.length < limit && turns.length > 0) {
      turns = turns.filter(({ drawn, members }) => drawn < members.length)

      for (const group of turns.slice(0, limit - live.length)) {
        this.#drawFrom(group, deadUntilMs, live, dead)
      }
    }

    this.#shuffle(live)

    return { live, dead }
  }

  /** Adds a random live member of a group that has not been drawn yet, if there is one. */
  #drawFrom(group: Group, deadUntilMs: number, live: number[], dead: number[]): void {
    while (group.drawn < group.members.length) {
      this.#swapMembers(group, group.drawn, this.#randomIndex(group.drawn, group.members.length))

      const member = group.members[group.drawn++] as number

      if (this.#slots.expiresAtMs(member) > deadUntilMs) {
        live.push(member)

        return
      }

      dead.push(member)
    }
  }

  #groupOf(prefix: number | undefined): Group {
    const known = prefix == null ? undefined : this.#byPrefix.get(prefix)

    if (known != null) {
      return known
    }

    const group = { prefix, members: [], position: this.#groups.length, drawn: 0 }

    this.#groups.push(group)

    if (prefix != null) {
      this.#byPrefix.set(prefix, group)
    }

    return group
  }

  #remove(group: Group): void {
    this.#swapGroups(group.position, this.#groups.length - 1)
    this.#groups.pop()

    if (group.prefix != null) {
      this.#byPrefix.delete(group.prefix)
    }
  }

  /** Uniform from `first` on, below `end`. */
  #randomIndex(first: number, end: number): number {
    return first + Math.floor(this.#random() * (end - first))
  }

  #shuffle(members: number[]): void {
    for (let index = 0; index < members.length - 1; index++) {
      const other = this.#randomIndex(index, members.length)
      const member = members[index] as number

      members[index] = members[other] as number
      members[other] = member
    }
  }

  #swapMembers({ members }: Group, a: number, b: number): void {
    const first = members[a] as number
    const second = members[b] as number

    members[a] = second
    members[b] = first
    ;(this.#places.get(second) as Place).index = a
    ;(this.#places.get(first) as Place).index = b
  }

  #swapGroups(a: number, b: number): void {
    const first = this.#groups[a] as Group
    const second = this.#groups[b] as Group

    this.#groups[a] = second
    this.#groups[b] = first
    second.position = a
    first.position = b
  }
}
