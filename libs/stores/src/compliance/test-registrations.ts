import { createHash } from 'node:crypto'
import { Namespace, type Registration } from '@rendezvous-cluster/rendezvous'

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
}

/** A registration with a record that names its namespace and peer. No store looks into a record. */
export function registrationOf({
  namespace = 'test',
  peer = 0,
  record,
  ttlSeconds = 20,
  isListed = true
}: TestRegistration = {}): Registration {
  const bytes = typeof namespace === 'string' ? Buffer.from(namespace) : namespace

  return {
    kind: 'peer-record',
    namespace: Namespace.parse(bytes),
    peerId: peerIdOf(peer),
    record: record ?? Buffer.concat([Buffer.from(`record of ${peer} in `), bytes]),
    ttlSeconds,
    isListed
  }
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
