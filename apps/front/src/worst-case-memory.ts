import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { PointLimits } from '@rendezvous-cluster/point'
import { pointLimits } from './config/limit-options.ts'
import type { Config } from './config/option-table.ts'

const KIB = 1024
const MIB = KIB * KIB

/**
 * What each takes, in bytes: in all, with the garbage that V8 leaves until it collects, and what lives in
 * the heap of JavaScript. `npm run memory` measures it.
 */
const TAKEN = {
  /** Code, and what is remembered of 20,000 peers, 16,384 networks and 100,000 registrations at a cap. */
  process: { all: 320 * MIB, heap: 128 * MIB },
  /** With its peer's four verified envelopes and TLS of a WebSocket, which are not in the heap. */
  connection: { all: 96 * KIB, heap: 36 * KIB },
  stream: { all: 12 * KIB, heap: 7.5 * KIB },
  /** With what it may send ahead of its end, and as much ahead of a WebSocket's. */
  handshake: { all: 192 * KIB, heap: 64 * KIB }
} as const

/** Bytes that wait hold back at most as many again, are counted an eighth later, and at two places. */
const TAKEN_PER_UNREAD_BYTE = 2 * (1 + 1 / 8) * 2

/** Of what waits for peers to read it frames are counted, and what Node keeps beside them is not. */
const TAKEN_PER_UNSENT_BYTE = 1.25

/** First pages of large namespaces, and what is read of Redis at once, twice while it is taken over. */
const TAKEN_BY_READS = { firstPages: 24 * MIB, reads: 160 * MIB } as const

/** Copies are outside of the heap, and leave up to half as much behind until it is won back. */
const TAKEN_PER_COPIED_BYTE = 1.5

export interface MemoryLimits
  extends Pick<PointLimits, 'streamsPerConnection' | 'unsentBytes' | 'unreadBytes'> {
  connectionsMax: number
  /** Connections in their handshake. */
  pending: number
  /** Of registrations in Redis. */
  copiedBytes: number
}

/** Most bytes, by what they are for. */
export interface WorstCaseMemory {
  /** Without registrations, where these are kept in memory. */
  parts: Readonly<
    Record<
      | 'process'
      | 'connections'
      | 'streams'
      | 'handshakes'
      | 'unsent'
      | 'unread'
      | 'copies'
      | 'reads of Redis',
      number
    >
  >
  total: number
  /** Of it in the heap of JavaScript. */
  heap: number
}

/** As they are set. @param connectionsMax - as many as there are files for */
export function memoryLimits(config: Config, connectionsMax: number): MemoryLimits {
  return {
    ...pointLimits(config),
    connectionsMax,
    pending: config['max-pending-handshakes'],
    copiedBytes: config['max-copied-bytes']
  }
}

/** What a front node may come to take, when peers hold open and cause all that its limits allow at once. */
export function worstCaseMemory(limits: MemoryLimits): WorstCaseMemory {
  const { connectionsMax, pending, unsentBytes, unreadBytes, copiedBytes } = limits
  const streamsMax = connectionsMax * limits.streamsPerConnection
  const parts = {
    process: TAKEN.process.all,
    connections: connectionsMax * TAKEN.connection.all,
    streams: streamsMax * TAKEN.stream.all,
    handshakes: pending * TAKEN.handshake.all,
    unsent: unsentBytes * TAKEN_PER_UNSENT_BYTE,
    unread: unreadBytes * TAKEN_PER_UNREAD_BYTE,
    copies: TAKEN_BY_READS.firstPages + copiedBytes * TAKEN_PER_COPIED_BYTE,
    'reads of Redis': TAKEN_BY_READS.reads
  }

  return {
    parts,
    total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0),
    heap:
      TAKEN.process.heap +
      connectionsMax * TAKEN.connection.heap +
      streamsMax * TAKEN.stream.heap +
      pending * TAKEN.handshake.heap
  }
}

/** What this process may take, in bytes. */
export interface AvailableMemory {
  /** The container's, or the machine's. */
  memoryBytes: number
  /** That V8 lets the heap of JavaScript grow to. */
  heapBytes: number
}

export function availableMemory(): AvailableMemory {
  // Zero, or more than there is, where nothing is set.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY

  return {
    memoryBytes: Math.min(constrained, totalmem()),
    heapBytes: getHeapStatistics().heap_size_limit
  }
}

/**
 * What is to be said where there is less memory than the limits allow to be taken.
 *
 * @returns `undefined` where there is enough
 */
export function memoryWarning(
  limits: MemoryLimits,
  { memoryBytes, heapBytes }: AvailableMemory
): string | undefined {
  const { total, heap } = worstCaseMemory(limits)

  if (total > memoryBytes) {
    return `peers may cause ${gib(total)} of memory to be taken, and there are ${gib(memoryBytes)}: lower --max-connections, --max-unsent-bytes, --max-unread-bytes or --max-copied-bytes`
  }

  if (heap > heapBytes) {
    return `peers may cause a heap of ${gib(heap)}, and Node lets it grow to ${gib(heapBytes)}: start it with --max-old-space-size=${Math.ceil(heap / MIB)}, or lower --max-connections`
  }

  return undefined
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
