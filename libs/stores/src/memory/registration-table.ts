import {
  GRACE_MS,
  Namespace,
  type PageSource,
  RECORD_KINDS,
  type RecordKind,
  type Registration
} from '@rendezvous-cluster/rendezvous'
import { grown } from '../held/grown.ts'
import { LiveMembers } from '../held/live-members.ts'
import { RegistrationSlots } from '../held/registration-slots.ts'
import { SequenceLog } from '../held/sequence-log.ts'
import { ExpirySchedule } from './expiry-schedule.ts'
import { SlotsOfPeers } from './slots-of-peers.ts'

/** Which registration: there is one of each peer in each namespace. */
export type RegistrationOf = Pick<Registration, 'kind' | 'namespace' | 'peerId'>

/** A registration with its end and its place in the order, as it is kept over a restart. */
export interface HeldRegistration extends Omit<Registration, 'ttlSeconds'> {
  expiresAtMs: number
  sequence: number
}

export interface HeldNamespace {
  /** Its number, as owner of what is in it. */
  owner: number
  kind: RecordKind
  namespace: Namespace
  members: LiveMembers
  log: SequenceLog
}

/**
 * Registrations with all the ways to them: by namespace and peer, by peer, in their order, and by
 * their end. Each is known by its slot until it is forgotten. Knows no clock and no cap.
 */
export class RegistrationTable {
  readonly slots = new RegistrationSlots()
  readonly #namespaces = new Map<string, HeldNamespace>()
  /** By owner; what is empty has no namespace any more. */
  readonly #byOwner: (HeldNamespace | undefined)[] = []
  readonly #freeOwners: number[] = []
  readonly #ofPeers = new SlotsOfPeers(this.slots)
  readonly #listed = new Map<RecordKind, SequenceLog>()
  readonly #schedule: ExpirySchedule
  readonly #random: () => number
  /** By slot: 1 where pages over all namespaces show it. */
  #isListed = new Uint8Array()

  /** @param random - uniform in [0, 1) */
  constructor(random: () => number, nowMs: number) {
    this.#random = random
    this.#schedule = new ExpirySchedule(nowMs)
  }

  get size(): number {
    return this.slots.size
  }

  /** By what `namespaceKey` makes of them. */
  get namespaces(): ReadonlyMap<string, HeldNamespace> {
    return this.#namespaces
  }

  namespace(of: Pick<Registration, 'kind' | 'namespace'>): HeldNamespace | undefined {
    return this.#namespaces.get(namespaceKey(of))
  }

  namespaceOf(slot: number): HeldNamespace {
    return this.#byOwner[this.slots.owner(slot)] as HeldNamespace
  }

  find(of: RegistrationOf): number | undefined {
    return this.namespace(of)?.members.find(of.peerId)
  }

  isListed(slot: number): boolean {
    return this.#isListed[slot] === 1
  }

  prefixOf(slot: number): number | undefined {
    return this.namespaceOf(slot).members.prefixOf(slot)
  }

  /** What is held of an IP prefix in a namespace, expired ones too. */
  ofPrefix(of: Pick<Registration, 'kind' | 'namespace'>, ipPrefix: number): readonly number[] {
    return this.namespace(of)?.members.membersOf(ipPrefix) ?? []
  }

  /** What a peer holds, in all namespaces. */
  ofPeer(peerId: Uint8Array): Iterable<number> {
    return this.#ofPeers.of(peerId)
  }

  countOfPeer(peerId: Uint8Array): number {
    return this.#ofPeers.count(peerId)
  }

  /** Registrations in the order of their sequences, above one. */
  after(sequence: number, { kind, namespace }: PageSource): Iterable<number> {
    const log =
      namespace == null ? this.#listed.get(kind) : this.namespace({ kind, namespace })?.log

    return log?.after(sequence) ?? []
  }

  /** Takes out up to `limit` of those whose end has come; they are still held. */
  takeDue(nowMs: number, limit: number): number[] {
    return this.#schedule.takeDue(nowMs, limit)
  }

  /** Adds a registration, or replaces the peer's earlier one. Sequences must rise. */
  hold(registration: HeldRegistration): void {
    const { kind, peerId, expiresAtMs, isListed, sequence } = registration
    const held = this.namespace(registration) ?? this.#add(registration)
    const known = held.members.find(peerId)

    if (known != null) {
      this.#unlist(known, held)
    }

    const slot = held.members.put(peerId, registration, known)

    this.#isListed = grown(this.#isListed, slot)
    this.#isListed[slot] = isListed ? 1 : 0
    held.log.append(sequence, slot)

    if (isListed) {
      this.#listedOf(kind).append(sequence, slot)
    }

    if (known == null) {
      this.#schedule.add(slot, expiresAtMs + GRACE_MS)
      this.#ofPeers.add(slot)
    } else {
      this.#schedule.move(slot, expiresAtMs + GRACE_MS)
    }
  }

  forget(slot: number): void {
    const held = this.namespaceOf(slot)

    this.#schedule.delete(slot)
    this.#unlist(slot, held)
    this.#ofPeers.delete(slot)
    held.members.delete(slot)

    if (held.members.size === 0) {
      this.#namespaces.delete(namespaceKey(held))
      this.#byOwner[held.owner] = undefined
      this.#freeOwners.push(held.owner)
    }
  }

  clear(): void {
    this.slots.clear()
    this.#namespaces.clear()
    this.#byOwner.length = 0
    this.#freeOwners.length = 0
    this.#ofPeers.clear()
    this.#listed.clear()
  }

  #add({ kind, namespace: { bytes } }: HeldRegistration): HeldNamespace {
    const owner = this.#freeOwners.pop() ?? this.#byOwner.length
    // A copy: the bytes are a view on a request's frame, which would be kept whole.
    const namespace = Namespace.parse(new Uint8Array(bytes))
    const members = new LiveMembers(this.slots, owner, this.#random)
    const held = { owner, kind, namespace, members, log: new SequenceLog() }

    this.#byOwner[owner] = held
    this.#namespaces.set(namespaceKey(held), held)

    return held
  }

  #listedOf(kind: RecordKind): SequenceLog {
    const log = this.#listed.get(kind) ?? new SequenceLog()

    this.#listed.set(kind, log)

    return log
  }

  /** Takes it out of the orders that pages read. */
  #unlist(slot: number, { kind, log }: HeldNamespace): void {
    const sequence = this.slots.sequence(slot)

    log.delete(sequence)

    if (this.isListed(slot)) {
      this.#listedOf(kind).delete(sequence)
    }
  }
}

/** Equal exactly for the same kind and namespace. */
export function namespaceKey({
  kind,
  namespace
}: Pick<Registration, 'kind' | 'namespace'>): string {
  return String.fromCharCode(RECORD_KINDS[kind].byte) + namespace.key
}
