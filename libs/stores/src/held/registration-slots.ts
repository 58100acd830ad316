import { type LiveRegistration, remainingSeconds } from '@rendezvous-cluster/rendezvous'
import { grown } from './grown.ts'
import { hashPeer } from './hash-peer.ts'
import { RecordLog } from './record-log.ts'
import { SlotIndex } from './slot-index.ts'

/** What a store holds in memory of a registration, besides whose it is. */
export interface HeldContent {
  record: Uint8Array
  /** End of the TTL, without grace, on the store's clock. */
  expiresAtMs: number
  /** Its place among all that its store was ever given. */
  sequence: number
}

/** Bytes of the columns, the index, lists and orders, for each registration and with the room that they have ahead. */
const COLUMN_BYTES = 150

/**
 * Registrations in columns of numbers and a {@link RecordLog}, outside of the heap. Each is a slot, a number that another
 * one has once it was removed; each has an owner, a number too, which stands for its namespace.
 */
export class RegistrationSlots {
  readonly #log = new RecordLog()
  readonly #index = new SlotIndex()
  /** What is looked for: each request does, and a function for each look would be garbage. */
  readonly #wanted = { owner: -1, peerId: new Uint8Array() as Uint8Array }
  readonly #isWanted = (slot: number) =>
    this.#owners[slot] === this.#wanted.owner && this.#log.isOfPeer(slot, this.#wanted.peerId)
  #owners = new Int32Array()
  #hashes = new Int32Array()
  #expiriesMs = new Float64Array()
  #sequences = new Float64Array()
  /** Of those that are free: the next one that is. */
  #positions = new Int32Array()
  #firstFree = -1
  #size = 0
  /** Slots that were ever used. */
  #used = 0

  get size(): number {
    return this.#size
  }

  /** What is held takes so many bytes, about; with what is dead it may be half as many more. */
  get heldBytes(): number {
    return this.#log.heldBytes + this.#size * COLUMN_BYTES
  }

  find(owner: number, peerId: Uint8Array): number | undefined {
    this.#wanted.owner = owner
    this.#wanted.peerId = peerId

    return this.#index.find(hashPeer(peerId, owner), this.#isWanted)
  }

  /** @param peerId - of whom the owner has none yet. Everything is copied. */
  add(owner: number, peerId: Uint8Array, content: HeldContent): number {
    const slot = this.#take()
    const hash = hashPeer(peerId, owner)

    this.#owners[slot] = owner
    this.#hashes[slot] = hash
    this.#expiriesMs[slot] = content.expiresAtMs
    this.#sequences[slot] = content.sequence
    this.#log.set(slot, peerId, content.record)
    this.#index.add(hash, slot)
    this.#size++

    return slot
  }

  replace(slot: number, { record, expiresAtMs, sequence }: HeldContent): void {
    this.#expiriesMs[slot] = expiresAtMs
    this.#sequences[slot] = sequence
    this.#log.replace(slot, record)
  }

  delete(slot: number): void {
    this.#index.delete(this.#hashes[slot] as number, slot)
    this.#log.delete(slot)
    this.#positions[slot] = this.#firstFree
    this.#firstFree = slot
    this.#size--
  }

  owner(slot: number): number {
    return this.#owners[slot] as number
  }

  expiresAtMs(slot: number): number {
    return this.#expiriesMs[slot] as number
  }

  sequence(slot: number): number {
    return this.#sequences[slot] as number
  }

  /** A view that stays what it is, also when the registration is replaced or deleted. */
  record(slot: number): Uint8Array {
    return this.#log.record(slot)
  }

  /** As it is returned at this time of the store's clock. The record is such a view. */
  live(slot: number, nowMs: number): LiveRegistration {
    return {
      record: this.record(slot),
      ttlSeconds: remainingSeconds(this.expiresAtMs(slot), nowMs)
    }
  }

  /** A view, as of the record. */
  peerId(slot: number): Uint8Array {
    return this.#log.peerId(slot)
  }

  /** Where it is in the list that its owner draws from. */
  position(slot: number): number {
    return this.#positions[slot] as number
  }

  setPosition(slot: number, position: number): void {
    this.#positions[slot] = position
  }

  clear(): void {
    this.#log.clear()
    this.#index.clear()
    this.#firstFree = -1
    this.#size = 0
    this.#used = 0
  }

  /** The slot that became free last, or one that was never used. */
  #take(): number {
    const free = this.#firstFree

    if (free >= 0) {
      this.#firstFree = this.#positions[free] as number

      return free
    }

    const slot = this.#used++

    this.#owners = grown(this.#owners, slot)
    this.#hashes = grown(this.#hashes, slot)
    this.#expiriesMs = grown(this.#expiriesMs, slot)
    this.#sequences = grown(this.#sequences, slot)
    this.#positions = grown(this.#positions, slot)

    return slot
  }
}
