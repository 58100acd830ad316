import {
  CAPS_DEFAULT,
  CapReachedError,
  GRACE_MS,
  type LiveRegistration,
  Namespace,
  type NamespaceSummary,
  type PageSource,
  type PutOptions,
  RECORD_KINDS,
  type RecordKind,
  type Registration,
  type RegistrationCaps,
  type RegistrationPage,
  type RegistrationStore,
  remainingSeconds,
  type StoreOptions,
  type StoreStats,
  type SweepResult,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { LiveMembers, type Member } from '../live-members.ts'
import { peerKey } from '../peer-key.ts'
import { SWEEP_MAX } from '../sweep-max.ts'
import { ExpirySchedule } from './expiry-schedule.ts'
import { PlannedRegistrations } from './planned-registrations.ts'
import { SequenceLog } from './sequence-log.ts'

export interface MemoryStoreInit {
  /** The store's clock, in milliseconds. Default: the wall clock at start, then steady. */
  now?: () => number
  /** Uniform in [0, 1). Default: `Math.random`. */
  random?: () => number
  /** Most registrations held; a new one beyond is refused. Default: 1,000,000, about 1 GB. */
  registrationsMax?: number
  /** Told of each registration that is forgotten because it has expired. Must not call back. */
  onExpire?: (expired: Pick<Registration, 'kind' | 'namespace' | 'peerId'>) => void
}

interface HeldNamespace {
  kind: RecordKind
  namespace: Namespace
  members: LiveMembers
  log: SequenceLog<Holding>
}

/** A registration, and the places it is found from. */
interface Holding {
  held: HeldNamespace
  member: Member
  sequence: number
  isListed: boolean
}

/** A registration with its end and its place in the order, as it is kept over a restart. */
export interface HeldRegistration extends Omit<Registration, 'ttlSeconds'> {
  expiresAtMs: number
  sequence: number
}

/** One node's registrations in its own memory. Gone with the process. */
export class MemoryStore implements RegistrationStore {
  readonly #namespaces = new Map<string, HeldNamespace>()
  readonly #holdings = new Map<Member, Holding>()
  readonly #byPeer = new Map<string, Set<Holding>>()
  readonly #listed = new Map<RecordKind, SequenceLog<Holding>>()
  readonly #schedule: ExpirySchedule<Holding>
  readonly #now: () => number
  readonly #random: () => number
  readonly #registrationsMax: number
  readonly #onExpire: MemoryStoreInit['onExpire']
  #head = 0
  #closed = false

  constructor(init: MemoryStoreInit = {}) {
    this.#now = init.now ?? (() => performance.timeOrigin + performance.now())
    this.#random = init.random ?? Math.random
    this.#registrationsMax = init.registrationsMax ?? 1_000_000
    this.#onExpire = init.onExpire
    this.#schedule = new ExpirySchedule(this.#now())
  }

  async put(registration: Registration, options?: PutOptions): Promise<void> {
    this.#assertUsable(options)
    this.admit(registration, options?.caps)
    this.hold(this.stamp(registration))
  }

  async remove(
    of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>,
    options?: StoreOptions
  ): Promise<boolean> {
    this.#assertUsable(options)

    return this.drop(of)
  }

  async sample(
    from: Pick<Registration, 'kind' | 'namespace'>,
    limit: number,
    options?: StoreOptions
  ): Promise<LiveRegistration[]> {
    this.#assertUsable(options)

    const held = this.#namespaces.get(namespaceKey(from.kind, from.namespace))

    if (held == null) {
      return []
    }

    const now = this.#now()
    const { live, dead } = held.members.draw(limit, now - GRACE_MS)

    for (const member of dead) {
      this.#expire(this.#holdings.get(member) as Holding)
    }

    return live.map(({ record, expiresAtMs }) => ({
      record,
      ttlSeconds: remainingSeconds(expiresAtMs, now)
    }))
  }

  async page(
    from: PageSource,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage> {
    this.#assertUsable(options)

    const log =
      from.namespace == null
        ? this.#listed.get(from.kind)
        : this.#namespaces.get(namespaceKey(from.kind, from.namespace))?.log
    const now = this.#now()
    const start = after > Math.max(this.#head, toSequence(now)) ? 0 : after
    const page: RegistrationPage = { registrations: [], cursor: start }

    for (const { held, member, sequence } of log?.after(start) ?? []) {
      if (page.registrations.length === limit) {
        break
      }

      page.cursor = sequence

      if (member.expiresAtMs + GRACE_MS > now) {
        page.registrations.push({
          namespace: held.namespace,
          record: member.record,
          ttlSeconds: remainingSeconds(member.expiresAtMs, now),
          sequence
        })
      }
    }

    return page
  }

  async *namespaces(options?: StoreOptions): AsyncGenerator<NamespaceSummary> {
    this.#assertUsable(options)

    for (const { kind, namespace, members } of this.#namespaces.values()) {
      yield { kind, namespace, registrations: members.size }
    }
  }

  async stats(options?: StoreOptions): Promise<StoreStats> {
    this.#assertUsable(options)

    return { registrations: this.#holdings.size, namespaces: this.#namespaces.size }
  }

  async sweep(options?: StoreOptions): Promise<SweepResult> {
    this.#assertUsable(options)

    const removed = this.#sweep(this.#now())

    return { removed, hasMore: removed === SWEEP_MAX }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#namespaces.clear()
    this.#holdings.clear()
    this.#byPeer.clear()
    this.#listed.clear()
  }

  /**
   * Makes sure that there is room for a registration besides those that are planned, and adds it to
   * them. What is planned for nothing may be thrown away.
   *
   * @throws CapReachedError, or UnavailableError when the store's own bound is reached
   */
  admit(
    registration: Registration,
    caps: RegistrationCaps = CAPS_DEFAULT,
    planned: PlannedRegistrations = new PlannedRegistrations(this.#now())
  ): void {
    const { nowMs } = planned
    const known = this.#find(registration)
    const peer = peerKey(registration.peerId)
    const name = namespaceKey(registration.kind, registration.namespace)

    if ((known != null && this.#isLive(known, nowMs)) || planned.has(name, peer)) {
      return
    }

    if (known != null) {
      this.#expire(known)
    }

    const ofPeer = () => (this.#byPeer.get(peer)?.size ?? 0) + planned.ofPeer(peer)
    const inNamespace = () =>
      (this.#namespaces.get(name)?.members.size ?? 0) + planned.inNamespace(name)

    if (ofPeer() >= caps.perPeer) {
      this.#expireAll(this.#byPeer.get(peer), nowMs)

      if (ofPeer() >= caps.perPeer) {
        throw new CapReachedError('peer')
      }
    }

    if (!this.#hasRoom(nowMs, () => inNamespace() < caps.perNamespace)) {
      throw new CapReachedError('namespace')
    }

    if (
      inNamespace() === 0 &&
      !this.#hasRoom(nowMs, () => planned.hasRoomForNamespace(this.#namespaces, caps.namespaces))
    ) {
      throw new CapReachedError('namespaces')
    }

    if (!this.#hasRoom(nowMs, () => this.#holdings.size + planned.size < this.#registrationsMax)) {
      throw new UnavailableError({ cause: new Error('the memory store is full') })
    }

    planned.add(name, peer)
  }

  /** Gives a registration its end, and the next place in the order: to be held in this order. */
  stamp(registration: Registration): HeldRegistration {
    const now = this.#now()

    this.#head = Math.max(this.#head + 1, toSequence(now))

    return {
      ...registration,
      expiresAtMs: now + registration.ttlSeconds * 1000,
      sequence: this.#head
    }
  }

  /** What is held of a peer in a namespace, expired or not. */
  find(of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>): HeldRegistration | undefined {
    const holding = this.#find(of)

    if (holding == null) {
      return undefined
    }

    const { kind, namespace, peerId } = of
    const { member, sequence, isListed } = holding
    const { record, expiresAtMs } = member

    return { kind, namespace, peerId, record, expiresAtMs, sequence, isListed }
  }

  /** Adds a registration, or replaces the peer's earlier one, whatever the caps. */
  hold(registration: HeldRegistration): void {
    const { kind, namespace, record, expiresAtMs, isListed, sequence } = registration
    const peer = peerKey(registration.peerId)
    const held = this.#namespaces.get(namespaceKey(kind, namespace)) ?? this.#add(kind, namespace)
    const known = this.#holdings.get(held.members.get(peer) as Member)

    if (known != null) {
      this.#unlist(known)
    }

    // A copy: the bytes are a view on a request's frame, which would be kept whole.
    const member = held.members.put(peer, new Uint8Array(record), expiresAtMs)
    const holding = known ?? { held, member, sequence, isListed }

    Object.assign(holding, { sequence, isListed })
    this.#head = Math.max(this.#head, sequence)
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

  /** Whether a registration is held, or planned. */
  isKnown(
    of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>,
    planned: PlannedRegistrations
  ): boolean {
    const name = namespaceKey(of.kind, of.namespace)

    return this.#find(of) != null || planned.has(name, peerKey(of.peerId))
  }

  /** Forgets a registration. Returns whether there was a live one. */
  drop(of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>): boolean {
    const holding = this.#find(of)

    if (holding == null) {
      return false
    }

    this.#forget(holding)

    return this.#isLive(holding, this.#now())
  }

  #find(of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>): Holding | undefined {
    const held = this.#namespaces.get(namespaceKey(of.kind, of.namespace))

    return this.#holdings.get(held?.members.get(peerKey(of.peerId)) as Member)
  }

  #listedOf(kind: RecordKind): SequenceLog<Holding> {
    const log = this.#listed.get(kind) ?? new SequenceLog<Holding>()

    this.#listed.set(kind, log)

    return log
  }

  #add(kind: RecordKind, { bytes }: Namespace): HeldNamespace {
    // A copy, as of the record above.
    const namespace = Namespace.parse(new Uint8Array(bytes))
    const members = new LiveMembers(this.#random)
    const held = { kind, namespace, members, log: new SequenceLog<Holding>() }

    this.#namespaces.set(namespaceKey(kind, namespace), held)

    return held
  }

  #isLive({ member }: Holding, nowMs: number): boolean {
    return member.expiresAtMs + GRACE_MS > nowMs
  }

  /** Whether there is room, if need be after a sweep. */
  #hasRoom(nowMs: number, isFree: () => boolean): boolean {
    return isFree() || (this.#sweep(nowMs) > 0 && isFree())
  }

  #sweep(nowMs: number): number {
    const due = this.#schedule.takeDue(nowMs, SWEEP_MAX)

    for (const holding of due) {
      this.#expire(holding)
    }

    return due.length
  }

  #expireAll(holdings: Iterable<Holding> = [], nowMs: number): void {
    for (const holding of holdings) {
      if (!this.#isLive(holding, nowMs)) {
        this.#expire(holding)
      }
    }
  }

  #expire(holding: Holding): void {
    const { kind, namespace } = holding.held

    this.#forget(holding)
    this.#onExpire?.({ kind, namespace, peerId: Buffer.from(holding.member.peerKey, 'latin1') })
  }

  /** Takes it out of the orders that pages read. */
  #unlist({ held, sequence, isListed }: Holding): void {
    held.log.delete(sequence)

    if (isListed) {
      this.#listedOf(held.kind).delete(sequence)
    }
  }

  #forget(holding: Holding): void {
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
      this.#namespaces.delete(namespaceKey(held.kind, held.namespace))
    }
  }

  #assertUsable(options: StoreOptions | undefined): void {
    options?.signal?.throwIfAborted()

    if (this.#closed) {
      throw new UnavailableError({ cause: new Error('the store is closed') })
    }
  }
}

/** A millisecond of the store's clock as a sequence: these count in microseconds. */
function toSequence(nowMs: number): number {
  return Math.floor(nowMs * 1000)
}

function namespaceKey(kind: RecordKind, { key }: Namespace): string {
  return String.fromCharCode(RECORD_KINDS[kind].byte) + key
}
