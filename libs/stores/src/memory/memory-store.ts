import {
  GRACE_MS,
  type LiveRegistration,
  Namespace,
  type NamespaceSummary,
  RECORD_KINDS,
  type RecordKind,
  type Registration,
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

export interface MemoryStoreInit {
  /** The store's clock, in milliseconds. Default: the wall clock at start, then steady. */
  now?: () => number
  /** Uniform in [0, 1). Default: `Math.random`. */
  random?: () => number
  /** Most registrations held; a new one beyond is refused. Default: 1,000,000, about 1 GB. */
  registrationsMax?: number
}

interface HeldNamespace {
  kind: RecordKind
  namespace: Namespace
  members: LiveMembers
}

/** One node's registrations in its own memory. Gone with the process. */
export class MemoryStore implements RegistrationStore {
  readonly #namespaces = new Map<string, HeldNamespace>()
  readonly #holders = new Map<Member, HeldNamespace>()
  readonly #schedule: ExpirySchedule<Member>
  readonly #now: () => number
  readonly #random: () => number
  readonly #registrationsMax: number
  #closed = false

  constructor(init: MemoryStoreInit = {}) {
    this.#now = init.now ?? (() => performance.timeOrigin + performance.now())
    this.#random = init.random ?? Math.random
    this.#registrationsMax = init.registrationsMax ?? 1_000_000
    this.#schedule = new ExpirySchedule(this.#now())
  }

  async put(registration: Registration, options?: StoreOptions): Promise<void> {
    this.#assertUsable(options)

    const { kind, namespace, peerId, record, ttlSeconds } = registration
    const key = namespaceKey(kind, namespace)
    const peer = peerKey(peerId)
    const held = this.#namespaces.get(key) ?? this.#newNamespace(kind, namespace)

    if (held.members.get(peer) == null && !this.#hasRoom()) {
      throw new UnavailableError({ cause: new Error('the memory store is full') })
    }

    const expiresAtMs = this.#now() + ttlSeconds * 1000
    // A copy: the bytes are a view on a request's frame, which would be kept whole.
    const member = held.members.put(peer, new Uint8Array(record), expiresAtMs)

    this.#namespaces.set(key, held)
    this.#holders.set(member, held)
    this.#schedule.set(member, expiresAtMs + GRACE_MS)
  }

  async remove(
    of: Pick<Registration, 'kind' | 'namespace' | 'peerId'>,
    options?: StoreOptions
  ): Promise<boolean> {
    this.#assertUsable(options)

    const held = this.#namespaces.get(namespaceKey(of.kind, of.namespace))
    const member = held?.members.get(peerKey(of.peerId))

    if (member == null) {
      return false
    }

    this.#forget(member)

    return member.expiresAtMs + GRACE_MS > this.#now()
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
      this.#forget(member)
    }

    return live.map(({ record, expiresAtMs }) => ({
      record,
      ttlSeconds: remainingSeconds(expiresAtMs, now)
    }))
  }

  async *namespaces(options?: StoreOptions): AsyncGenerator<NamespaceSummary> {
    this.#assertUsable(options)

    for (const { kind, namespace, members } of this.#namespaces.values()) {
      yield { kind, namespace, registrations: members.size }
    }
  }

  async stats(options?: StoreOptions): Promise<StoreStats> {
    this.#assertUsable(options)

    return { registrations: this.#holders.size, namespaces: this.#namespaces.size }
  }

  async sweep(options?: StoreOptions): Promise<SweepResult> {
    this.#assertUsable(options)

    const removed = this.#sweep()

    return { removed, hasMore: removed === SWEEP_MAX }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#namespaces.clear()
    this.#holders.clear()
  }

  #newNamespace(kind: RecordKind, { bytes }: Namespace): HeldNamespace {
    return {
      kind,
      // A copy, as of the record below.
      namespace: Namespace.parse(new Uint8Array(bytes)),
      members: new LiveMembers(this.#random)
    }
  }

  #sweep(): number {
    const due = this.#schedule.takeDue(this.#now(), SWEEP_MAX)

    for (const member of due) {
      this.#forget(member)
    }

    return due.length
  }

  #hasRoom(): boolean {
    return this.#holders.size < this.#registrationsMax || this.#sweep() > 0
  }

  #forget(member: Member): void {
    const held = this.#holders.get(member)

    held?.members.delete(member.peerKey)
    this.#holders.delete(member)
    this.#schedule.delete(member)

    if (held?.members.size === 0) {
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

function namespaceKey(kind: RecordKind, { key }: Namespace): string {
  return String.fromCharCode(RECORD_KINDS[kind].byte) + key
}
