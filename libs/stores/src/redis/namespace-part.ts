import type { LiveRegistration } from '@rendezvous-cluster/rendezvous'
import { LiveMembers } from '../held/live-members.ts'
import type { RegistrationSlots } from '../held/registration-slots.ts'
import type { CopiedMember } from './namespace-copy.ts'
import type { RedisClock } from './redis-clock.ts'

export interface NamespacePartInit {
  /** Of the server that it is drawn from. */
  clock: RedisClock
  /** Where it is held, with others. */
  slots: RegistrationSlots
  owner: number
  random: () => number
  /** How long registrations outlive their TTL, in milliseconds. */
  graceMs: () => number
}

/** Registrations drawn at random from a namespace that is too large to copy. */
export class NamespacePart {
  readonly owner: number
  readonly clock: RedisClock
  readonly members: LiveMembers
  readonly #slots: RegistrationSlots
  readonly #graceMs: () => number
  /** When each was drawn last, by slot. */
  readonly #drawnAtMs = new Map<number, number>()

  constructor({ clock, slots, owner, random, graceMs }: NamespacePartInit) {
    this.clock = clock
    this.#slots = slots
    this.owner = owner
    this.#graceMs = graceMs
    this.members = new LiveMembers(slots, owner, random)
  }

  /** Adds what was drawn, and leaves out what was drawn before `drawnAfterMs` only. */
  add(members: CopiedMember[], drawnAtMs: number, drawnAfterMs: number): void {
    for (const [slot, atMs] of this.#drawnAtMs) {
      if (atMs < drawnAfterMs) {
        this.#delete(slot)
      }
    }

    for (const member of members) {
      this.#drawnAtMs.set(this.members.put(member.peerId, member), drawnAtMs)
    }
  }

  /** Shows a refresh of this node. A new registration joins by being drawn only. @returns true: it stays good */
  put(member: CopiedMember): boolean {
    const known = this.members.find(member.peerId)

    if (known != null) {
      this.members.put(member.peerId, member, known)
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
    const { live, dead } = isSpread
      ? this.members.drawSpread(limit, deadUntilMs)
      : this.members.draw(limit, deadUntilMs)
    const drawn = live.map((slot) => this.#slots.live(slot, nowMs))

    for (const slot of dead) {
      this.#delete(slot)
    }

    return drawn
  }

  /** Gives up what it takes of the slots. It must not be used any more. */
  release(): void {
    for (const slot of [...this.members]) {
      this.#delete(slot)
    }
  }

  #delete(slot: number): void {
    this.#drawnAtMs.delete(slot)
    this.members.delete(slot)
  }
}
