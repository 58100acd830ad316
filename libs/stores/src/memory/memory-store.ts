import {
  CAPS_DEFAULT,
  CapReachedError,
  GRACE_MS,
  type LiveRegistration,
  type Namespace,
  type NamespaceSummary,
  type PageSource,
  type PutOptions,
  type Registration,
  type RegistrationCaps,
  type RegistrationPage,
  type RegistrationStore,
  type SampleOptions,
  type StoreOptions,
  type StoreStats,
  type SweepResult,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { peerKey } from '../peer-key.ts'
import { SWEEP_MAX } from '../sweep-max.ts'
import { PlannedRegistrations } from './planned-registrations.ts'
import {
  type HeldRegistration,
  namespaceKey,
  type RegistrationOf,
  RegistrationTable
} from './registration-table.ts'

/** Clock, random source and greatest size of a store in memory. All have defaults. */
export interface MemoryStoreInit {
  /** The store's clock, in milliseconds. Default: the wall clock at start, then steady. */
  now?: () => number
  /** Uniform in [0, 1). Default: `Math.random`. */
  random?: () => number
  /** Most registrations held; a new one beyond is refused. Default: 1,000,000,
   * about 450 MB with records of 240 bytes. */
  registrationsMax?: number
  /** Told of each registration that is forgotten because it has expired. Must not call back. */
  onExpire?: (expired: RegistrationOf) => void
}

/** One node's registrations in its own memory. Gone with the process. */
export class MemoryStore implements RegistrationStore {
  readonly #table: RegistrationTable
  readonly #now: () => number
  readonly #registrationsMax: number
  readonly #onExpire: MemoryStoreInit['onExpire']
  #head = 0
  #closed = false

  constructor(init: MemoryStoreInit = {}) {
    this.#now = init.now ?? (() => performance.timeOrigin + performance.now())
    this.#registrationsMax = init.registrationsMax ?? 1_000_000
    this.#onExpire = init.onExpire
    this.#table = new RegistrationTable(init.random ?? Math.random, this.#now())
  }

  async put(registration: Registration, options?: PutOptions): Promise<void> {
    this.#assertUsable(options)

    const ipPrefix = this.admit(registration, options?.caps)

    this.hold(this.stamp({ ...registration, ipPrefix }))
  }

  async remove(of: RegistrationOf, options?: StoreOptions): Promise<boolean> {
    this.#assertUsable(options)

    return this.drop(of)
  }

  async removeAll(
    of: Pick<Registration, 'kind' | 'peerId'>,
    options?: StoreOptions
  ): Promise<number> {
    this.#assertUsable(options)

    return this.namespacesOf(of).filter((namespace) => this.drop({ ...of, namespace })).length
  }

  async sample(
    from: Pick<Registration, 'kind' | 'namespace'>,
    limit: number,
    options?: SampleOptions
  ): Promise<LiveRegistration[]> {
    this.#assertUsable(options)

    const held = this.#table.namespace(from)

    if (held == null) {
      return []
    }

    const { slots } = this.#table
    const now = this.#now()
    const { live, dead } = options?.isSpread
      ? held.members.drawSpread(limit, now - GRACE_MS)
      : held.members.draw(limit, now - GRACE_MS)
    const sample = live.map((slot) => slots.live(slot, now))

    for (const slot of dead) {
      this.#expire(slot)
    }

    return sample
  }

  async page(
    from: PageSource,
    after: number,
    limit: number,
    options?: StoreOptions
  ): Promise<RegistrationPage> {
    this.#assertUsable(options)

    const now = this.#now()
    const start = after > Math.max(this.#head, toSequence(now)) ? 0 : after
    const page: RegistrationPage = { registrations: [], cursor: start }
    const ended: number[] = []
    const { slots } = this.#table

    for (const slot of this.#table.after(start, from)) {
      if (page.registrations.length === limit) {
        break
      }

      page.cursor = slots.sequence(slot)

      if (this.#isLive(slot, now)) {
        page.registrations.push({
          ...slots.live(slot, now),
          namespace: this.#table.namespaceOf(slot).namespace,
          sequence: page.cursor
        })
      } else {
        ended.push(slot)
      }
    }

    // Each of them is met once: a backlog is paid for by the puts that made it.
    for (const slot of ended) {
      this.#expire(slot)
    }

    return page
  }

  async *namespaces(options?: StoreOptions): AsyncGenerator<NamespaceSummary> {
    this.#assertUsable(options)

    for (const { kind, namespace, members } of this.#table.namespaces.values()) {
      yield { kind, namespace, registrations: members.size }
    }
  }

  async stats(options?: StoreOptions): Promise<StoreStats> {
    this.#assertUsable(options)

    return { registrations: this.#table.size, namespaces: this.#table.namespaces.size }
  }

  async sweep(options?: StoreOptions): Promise<SweepResult> {
    this.#assertUsable(options)

    const removed = this.#sweep(this.#now())

    return { removed, hasMore: removed === SWEEP_MAX }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#table.clear()
  }

  /**
   * Makes sure that there is room for a registration besides those that are planned, and adds it to
   * them. What is planned for nothing may be thrown away.
   *
   * @returns the IP prefix that it is to be held in, `undefined` where there is no cap per prefix
   * @throws CapReachedError, or UnavailableError when the store's own bound is reached
   */
  admit(
    registration: Registration,
    caps: RegistrationCaps = CAPS_DEFAULT,
    planned: PlannedRegistrations = new PlannedRegistrations(this.#now())
  ): number | undefined {
    const known = this.#table.find(registration)
    const peer = peerKey(registration.peerId)
    const name = namespaceKey(registration)

    if ((known != null && this.#isLive(known, planned.nowMs)) || planned.has(name, peer)) {
      return this.#prefixOfRefresh(registration, caps, planned)
    }

    if (known != null) {
      this.#expire(known)
    }

    this.#assertRoom(registration, caps, planned)

    const ipPrefix = caps.perPrefix == null ? undefined : registration.ipPrefix

    planned.add(name, peer, ipPrefix)

    return ipPrefix
  }

  /** Where a peer has registrations of one kind, expired ones too. */
  namespacesOf({ kind, peerId }: Pick<Registration, 'kind' | 'peerId'>): Namespace[] {
    return Array.from(this.#table.ofPeer(peerId), (slot) => this.#table.namespaceOf(slot))
      .filter((held) => held.kind === kind)
      .map(({ namespace }) => namespace)
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
  find(of: RegistrationOf): HeldRegistration | undefined {
    const slot = this.#table.find(of)

    if (slot == null) {
      return undefined
    }

    const { kind, namespace, peerId } = of
    const { slots } = this.#table

    return {
      kind,
      namespace,
      peerId,
      record: slots.record(slot),
      expiresAtMs: slots.expiresAtMs(slot),
      sequence: slots.sequence(slot),
      ipPrefix: this.#table.prefixOf(slot),
      isListed: this.#table.isListed(slot)
    }
  }

  /** Adds a registration, or replaces the peer's earlier one, whatever the caps. */
  hold(registration: HeldRegistration): void {
    this.#head = Math.max(this.#head, registration.sequence)
    this.#table.hold(registration)
  }

  /** Whether a registration is held, or planned. */
  isKnown(of: RegistrationOf, planned: PlannedRegistrations): boolean {
    return this.#table.find(of) != null || planned.has(namespaceKey(of), peerKey(of.peerId))
  }

  /** Forgets a registration. Returns whether there was a live one. */
  drop(of: RegistrationOf): boolean {
    const slot = this.#table.find(of)

    if (slot == null) {
      return false
    }

    const wasLive = this.#isLive(slot, this.#now())

    this.#table.forget(slot)

    return wasLive
  }

  #isLive(slot: number, nowMs: number): boolean {
    return this.#table.slots.expiresAtMs(slot) + GRACE_MS > nowMs
  }

  /** Where a refresh comes from, or, if there is no room, where it counted before. */
  #prefixOfRefresh(
    registration: Registration,
    caps: RegistrationCaps,
    planned: PlannedRegistrations
  ): number | undefined {
    const { ipPrefix } = registration
    const peer = peerKey(registration.peerId)
    const name = namespaceKey(registration)
    const before = planned.prefixOf(name, peer) ?? this.#prefixOf(registration)

    if (caps.perPrefix == null || ipPrefix == null) {
      return undefined
    }

    if (ipPrefix === before || !this.#hasRoomInPrefix(registration, caps, planned)) {
      return before
    }

    planned.move(name, peer, ipPrefix)

    return ipPrefix
  }

  #prefixOf(of: RegistrationOf): number | undefined {
    const slot = this.#table.find(of)

    return slot == null ? undefined : this.#table.prefixOf(slot)
  }

  /** @throws CapReachedError, or UnavailableError when the store's own bound is reached */
  #assertRoom(
    registration: Registration,
    caps: RegistrationCaps,
    planned: PlannedRegistrations
  ): void {
    const { nowMs } = planned
    const peer = peerKey(registration.peerId)
    const name = namespaceKey(registration)
    const ofPeer = () => this.#table.countOfPeer(registration.peerId) + planned.ofPeer(peer)
    const inNamespace = () =>
      (this.#table.namespace(registration)?.members.size ?? 0) + planned.inNamespace(name)

    if (ofPeer() >= caps.perPeer) {
      this.#expireAll(this.#table.ofPeer(registration.peerId), nowMs)

      if (ofPeer() >= caps.perPeer) {
        throw new CapReachedError('peer')
      }
    }

    if (!this.#hasRoom(nowMs, () => inNamespace() < caps.perNamespace)) {
      throw new CapReachedError('namespace')
    }

    if (!this.#hasRoomInPrefix(registration, caps, planned)) {
      throw new CapReachedError('prefix')
    }

    if (
      inNamespace() === 0 &&
      !this.#hasRoom(nowMs, () =>
        planned.hasRoomForNamespace(this.#table.namespaces, caps.namespaces)
      )
    ) {
      throw new CapReachedError('namespaces')
    }

    if (!this.#hasRoom(nowMs, () => this.#table.size + planned.size < this.#registrationsMax)) {
      throw new UnavailableError({ cause: new Error('the memory store is full') })
    }
  }

  #hasRoomInPrefix(
    registration: Registration,
    { perPrefix }: RegistrationCaps,
    planned: PlannedRegistrations
  ): boolean {
    const { ipPrefix } = registration

    if (perPrefix == null || ipPrefix == null) {
      return true
    }

    const name = namespaceKey(registration)
    const held = () => this.#table.ofPrefix(registration, ipPrefix)
    const hasRoom = () => held().length + planned.inPrefix(name, ipPrefix) < perPrefix

    if (!hasRoom()) {
      // A copy: those that have expired are taken out of it meanwhile.
      this.#expireAll([...held()], planned.nowMs)
    }

    return hasRoom()
  }

  /** Whether there is room, if need be after a sweep. */
  #hasRoom(nowMs: number, isFree: () => boolean): boolean {
    return isFree() || (this.#sweep(nowMs) > 0 && isFree())
  }

  #sweep(nowMs: number): number {
    const due = this.#table.takeDue(nowMs, SWEEP_MAX)

    for (const slot of due) {
      this.#expire(slot)
    }

    return due.length
  }

  #expireAll(slots: Iterable<number>, nowMs: number): void {
    for (const slot of slots) {
      if (!this.#isLive(slot, nowMs)) {
        this.#expire(slot)
      }
    }
  }

  #expire(slot: number): void {
    const { kind, namespace } = this.#table.namespaceOf(slot)
    const peerId = this.#table.slots.peerId(slot)

    this.#table.forget(slot)
    this.#onExpire?.({ kind, namespace, peerId })
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
