import {
  GRACE_MS,
  Namespace,
  type PageSource,
  RECORD_KINDS,
  type RecordKind,
  type Registration
} from '@rendezvous-cluster/rendezvous'
import { LiveMembers, type Member } from '../live-members.ts'
import { peerKey } from '../peer-key.ts'
import { ExpirySchedule } from './expiry-schedule.ts'
import { SequenceLog } from './sequence-log.ts'

/** Which registration: there is one of each peer in each namespace. */
export type RegistrationOf = Pick<Registration, 'kind' | 'namespace' | 'peerId'>

/** A registration with its end and its place in the order, as it is kept over a restart. */
export interface HeldRegistration extends Omit<Registration, 'ttlSeconds'> {
  expiresAtMs: number
  sequence: number
}

export interface HeldNamespace {
  kind: RecordKind
  namespace: Namespace
  members: LiveMembers
  log: SequenceLog<Holding>
}

/** A registration, and the places it is found from. */
export interface Holding {
  held: HeldNamespace
  member: Member
  sequence: number
  isListed: boolean
}

/**
 * Registrations with all the ways to them: by namespace and peer, by peer, in their order, and by
 * their end. Knows no clock and no cap.
 */
export class RegistrationTable {
  readonly #namespaces = new Map<string, HeldNamespace>()
  readonly #holdings = new Map<Member, Holding>()
  readonly #byPeer = new Map<string, Set<Holding>>()
  readonly #listed = new Map<RecordKind, SequenceLog<Holding>>()
  readonly #schedule: ExpirySchedule<Holding>
  readonly #random: () => number

  /** @param random - uniform in [0, 1) */
  constructor(random: () => number, nowMs: number) {
    this.#random = random
    this.#schedule = new ExpirySchedule(nowMs)
  }

  get size(): number {
    return this.#holdings.size
  }

  /** By what `namespaceKey` makes of them. */
  get namespaces(): ReadonlyMap<string, HeldNamespace> {
    return this.#namespaces
  }

  namespace(of: Pick<Registration, 'kind' | 'namespace'>): HeldNamespace | undefined {
    return this.#namespaces.get(namespaceKey(of))
  }

  find(of: RegistrationOf): Holding | undefined {
    const member = this.namespace(of)?.members.get(peerKey(of.peerId))

    return member == null ? undefined : this.#holdings.get(member)
  }

  holdingOf(member: Member): Holding | undefined {
    return this.#holdings.get(member)
  }

  /** What is held of an IP prefix in a namespace, expired ones too. */
  ofPrefix(of: Pick<Registration, 'kind' | 'namespace'>, ipPrefix: number): readonly Member[] {
    return this.namespace(of)?.members.membersOf(ipPrefix) ?? []
  }

  /** What a peer holds, in all namespaces. */
  ofPeer(peer: string): ReadonlySet<Holding> {
    return this.#byPeer.get(peer) ?? NOTHING
  }

  /** Registrations in the order of their sequences, above one. */
  after(sequence: number, { kind, namespace }: PageSource): Iterable<Holding> {
    const log =
      namespace == null ? this.#listed.get(kind) : this.namespace({ kind, namespace })?.log

    return log?.after(sequence) ?? []
  }

  /** Takes out up to `limit` of those whose end has come; they are still held. */
  takeDue(nowMs: number, limit: number): Holding[] {
    return this.#schedule.takeDue(nowMs, limit)
  }

  /** Adds a registration, or replaces the peer's earlier one. Sequences must rise. */
  hold(registration: HeldRegistration): void {
    const { kind, record, expiresAtMs, ipPrefix, isListed, sequence } = registration
    const peer = peerKey(registration.peerId)
    const held = this.namespace(registration) ?? this.#add(registration)
    const known = this.find(registration)

    if (known != null) {
      this.#unlist(known)
    }

    // A copy: the bytes are a view on a request's frame, which would be kept whole.
    const content = { record: new Uint8Array(record), expiresAtMs, ipPrefix }
    const member = held.members.put(peer, content)
    const holding = Object.assign(known ?? { held, member }, { sequence, isListed })

    this.#holdings.set(member, holding)
    this.#schedule.set(holding, expiresAtMs + GRACE_MS)
    held.log.append(sequence, holding)

    if (isListed) {
      this.#listedOf(kind).append(sequence, holding)
    }

    const peersOwn = this.#byPeer.get(peer)

    if (peersOwn == null) {
      this.#byPeer.set(peer, new Set([holding]))
    } else {
      peersOwn.add(holding)
    }
  }

  forget(holding: Holding): void {
    const { held, member } = holding
    const peersOwn = this.#byPeer.get(member.peerKey)

    held.members.delete(member.peerKey)
    this.#holdings.delete(member)
    this.#schedule.delete(holding)
    this.#unlist(holding)
    peersOwn?.delete(holding)

    if (peersOwn?.size === 0) {
      this.#byPeer.delete(member.peerKey)
    }

    if (held.members.size === 0) {
      this.#namespaces.delete(namespaceKey(held))
    }
  }

  clear(): void {
    this.#namespaces.clear()
    this.#holdings.clear()
    this.#byPeer.clear()
    this.#listed.clear()
  }

  #add({ kind, namespace: { bytes } }: HeldRegistration): HeldNamespace {
    // A copy, as of the record above.
    const namespace = Namespace.parse(new Uint8Array(bytes))
    const members = new LiveMembers(this.#random)
    const held = { kind, namespace, members, log: new SequenceLog<Holding>() }

    this.#namespaces.set(namespaceKey(held), held)

    return held
  }

  #listedOf(kind: RecordKind): SequenceLog<Holding> {
    const log = this.#listed.get(kind) ?? new SequenceLog<Holding>()

    this.#listed.set(kind, log)

    return log
  }

  /** Takes it out of the orders that pages read. */
  #unlist({ held, sequence, isListed }: Holding): void {
    held.log.delete(sequence)

    if (isListed) {
      this.#listedOf(held.kind).delete(sequence)
    }
  }
}

const NOTHING: ReadonlySet<Holding> = new Set()

/** Equal exactly for the same kind and namespace. */
export function namespaceKey({
  kind,
  namespace
}: Pick<Registration, 'kind' | 'namespace'>): string {
  return String.fromCharCode(RECORD_KINDS[kind].byte) + namespace.key
}
