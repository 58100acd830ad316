import type { LiveRegistration, Namespace, RegistrationPage } from '@rendezvous-cluster/rendezvous'
import { LiveMembers, type MemberContent } from '../held/live-members.ts'
import type { RegistrationSlots } from '../held/registration-slots.ts'
import { SequenceLog } from '../held/sequence-log.ts'
import type { Change, NamespaceChanges } from './read-changes.ts'
import type { RedisClock } from './redis-clock.ts'

/** A registration as it was copied from Redis. */
export interface CopiedMember extends MemberContent {
  peerId: Uint8Array
}

export interface NamespaceCopyInit {
  namespace: Namespace
  /** Of the server that it is copied from. */
  clock: RedisClock
  /** Where it is held, with others. */
  slots: RegistrationSlots
  owner: number
  random: () => number
  /** How long registrations outlive their TTL, in milliseconds. */
  graceMs: () => number
}

/**
 * All registrations of a namespace, copied from Redis once, and told from then on what has changed there. It is told, too,
 * how many are alive: what it is told of and does not have, it adds, so it has no fewer than Redis. Where it has
 * as many it has the same, and else one was removed, of which no sequence tells.
 */
export class NamespaceCopy {
  readonly owner: number
  readonly clock: RedisClock
  readonly members: LiveMembers
  readonly #namespace: Namespace
  readonly #slots: RegistrationSlots
  readonly #graceMs: () => number
  readonly #log = new SequenceLog()
  /** All that was written up to this sequence is in it. */
  #head = 0
  #hasUnplaced = false
  /** None of them expires before this; in milliseconds of Redis's clock. */
  #endsFromMs = Infinity

  constructor({ namespace, clock, slots, owner, random, graceMs }: NamespaceCopyInit) {
    this.#namespace = namespace
    this.clock = clock
    this.#slots = slots
    this.owner = owner
    this.#graceMs = graceMs
    this.members = new LiveMembers(slots, owner, random)
  }

  get head(): number {
    return this.#head
  }

  /** Whether it has a registration whose place among those of other nodes is not known yet. */
  get hasUnplaced(): boolean {
    return this.#hasUnplaced
  }

  /** @param head - a sequence up to which nothing is missing */
  fill(members: CopiedMember[], head: number): void {
    this.#head = head

    for (const member of members.sort((one, other) => one.sequence - other.sequence)) {
      const hasPlace = member.sequence <= head

      this.#set(member, hasPlace)
      this.#hasUnplaced ||= !hasPlace
    }
  }

  /**
   * Takes over what has changed since {@link head}.
   *
   * @returns whether it is what Redis has; if not it is of no use any more
   */
  apply({ nowMs, alive, changes, head }: NamespaceChanges): boolean {
    if (changes == null) {
      return false
    }

    // Of a node that keeps no order yet, the sequence of a record is not that of its place.
    for (const { peerId, stored, ipPrefix } of changes.toSorted(bySequence)) {
      if (stored == null) {
        this.remove(peerId)
      } else {
        // Else it comes again in its new place.
        const isInPlace = stored.sequence > this.#head && stored.sequence <= head

        this.#set({ ...stored, peerId, ipPrefix }, isInPlace)
      }
    }

    this.#head = head
    this.#hasUnplaced = false
    this.#drop(nowMs - this.#graceMs())

    return this.members.size === alive
  }

  /**
   * Shows one of this node's own writes, unless Redis has told of it, or of a later one, already.
   *
   * @returns whether the copy is good still: not where Redis has told of it, and it was removed since
   */
  put(member: CopiedMember): boolean {
    const known = this.members.find(member.peerId)

    if (known == null && member.sequence <= this.#head) {
      return false
    }

    // A place of its own could be above that of another node's write which is not known yet: whoever reads on from
    // there would miss that one. So it has the place of before, or none.
    const place = known == null ? 0 : this.#slots.sequence(known)

    if (member.sequence > Math.abs(place)) {
      const hasPlace = place > 0

      this.#hold(member, hasPlace ? place : -member.sequence, known)
      this.#hasUnplaced ||= !hasPlace
    }

    return true
  }

  remove(peerId: Uint8Array): void {
    const slot = this.members.find(peerId)

    if (slot != null) {
      this.#delete(slot)
    }
  }

  draw(limit: number, isSpread: boolean): LiveRegistration[] {
    const nowMs = this.clock.latest()
    const deadUntilMs = nowMs - this.#graceMs()
    const { live } = isSpread
      ? this.members.drawSpread(limit, deadUntilMs)
      : this.members.draw(limit, deadUntilMs)

    return live.map((slot) => this.#slots.live(slot, nowMs))
  }

  /** @param after - not above {@link head} */
  page(after: number, limit: number): RegistrationPage {
    const nowMs = this.clock.latest()
    const registrations: RegistrationPage['registrations'] = []

    for (const slot of this.#log.after(after)) {
      if (registrations.length === limit) {
        return { registrations, cursor: registrations.at(-1)?.sequence ?? after }
      }

      if (this.#slots.expiresAtMs(slot) > nowMs - this.#graceMs()) {
        registrations.push({
          ...this.#slots.live(slot, nowMs),
          namespace: this.#namespace,
          sequence: this.#slots.sequence(slot)
        })
      }
    }

    return { registrations, cursor: this.#head }
  }

  /** Gives up what it takes of the slots. It must not be used any more. */
  release(): void {
    this.#drop(Infinity)
  }

  /** What has no place in the order yet has the negative of its sequence: pages do not show it. */
  #set(member: CopiedMember, hasPlace: boolean): void {
    const known = this.members.find(member.peerId)

    if (known != null) {
      this.#log.delete(this.#slots.sequence(known))
    }

    const slot = this.#hold(member, hasPlace ? member.sequence : -member.sequence, known)

    if (hasPlace) {
      this.#log.append(member.sequence, slot)
    }
  }

  #hold(member: CopiedMember, sequence: number, known: number | undefined): number {
    this.#endsFromMs = Math.min(this.#endsFromMs, member.expiresAtMs)

    return this.members.put(member.peerId, { ...member, sequence }, known)
  }

  #delete(slot: number): void {
    this.#log.delete(this.#slots.sequence(slot))
    this.members.delete(slot)
  }

  /** Those that expire until then: most of the time nobody does, and nobody is looked at. */
  #drop(deadUntilMs: number): void {
    if (deadUntilMs < this.#endsFromMs) {
      return
    }

    this.#endsFromMs = Infinity

    for (const slot of [...this.members]) {
      const expiresAtMs = this.#slots.expiresAtMs(slot)

      if (expiresAtMs <= deadUntilMs) {
        this.#delete(slot)
      } else {
        this.#endsFromMs = Math.min(this.#endsFromMs, expiresAtMs)
      }
    }
  }
}

function bySequence(one: Change, other: Change): number {
  return (one.stored?.sequence ?? 0) - (other.stored?.sequence ?? 0)
}
