import { createHash } from 'node:crypto'
import {
  type LiveRegistration,
  Namespace,
  type PutOptions,
  type RecordKind,
  type Registration,
  type RegistrationStore
} from '@rendezvous-cluster/rendezvous'

/** Puts under way at a time: each has a second, on machines that do other things besides. */
const CONCURRENT_PUTS = 100

/** First bytes of every Ed25519 peer id. */
const ED25519_PREFIX = Buffer.from('002408011220', 'hex')

/** An Ed25519 peer id for a number: the prefix that all share, then bytes that look random. */
export function peerIdOf(index: number): Uint8Array {
  return Buffer.concat([ED25519_PREFIX, createHash('sha256').update(`peer ${index}`).digest()])
}

export interface TestRegistration {
  namespace?: string | Uint8Array
  peer?: number
  record?: Uint8Array
  ttlSeconds?: number
  isListed?: boolean
  kind?: RecordKind
  ipPrefix?: number
}

/** A registration with a record that names its namespace and peer. No store looks into a record. */
export function registrationOf({
  namespace = 'test',
  peer = 0,
  record,
  ttlSeconds = 20,
  isListed = true,
  kind = 'peer-record',
  ipPrefix
}: TestRegistration = {}): Registration {
  const bytes = typeof namespace === 'string' ? Buffer.from(namespace) : namespace

  return {
    kind,
    namespace: Namespace.parse(bytes),
    peerId: peerIdOf(peer),
    record: record ?? Buffer.concat([Buffer.from(`record of ${peer} in `), bytes]),
    ttlSeconds,
    isListed,
    ipPrefix
  }
}

/** The number of the peer that {@link registrationOf} made this record for. */
export function peerOf({ record }: { record: Uint8Array }): number {
  return Number(/record of (\d+) /.exec(Buffer.from(record).toString())?.[1])
}

/** A small generator of numbers in [0, 1): the same seed gives the same test. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0

  return () => {
    state = (state + 0x6d2b79f5) >>> 0

    let mixed = Math.imul(state ^ (state >>> 15), state | 1)

    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)

    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export async function putAll(
  store: RegistrationStore,
  registrations: Registration[],
  options?: PutOptions
): Promise<void> {
  for (let start = 0; start < registrations.length; start += CONCURRENT_PUTS) {
    const page = registrations.slice(start, start + CONCURRENT_PUTS)

    await Promise.all(page.map((registration) => store.put(registration, options)))
  }
}

/** Registrations of `count` peers in one namespace. */
export function peers(first: number, count: number): Registration[] {
  return Array.from({ length: count }, (_, index) => registrationOf({ peer: first + index }))
}

export function bytesOf(registrations: LiveRegistration[]): string[] {
  return registrations.map(({ record }) => hex(record))
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
