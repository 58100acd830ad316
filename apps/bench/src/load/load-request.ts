import type { RecordKind } from '@rendezvous-cluster/rendezvous'
import type { DialectName } from '@rendezvous-cluster/wire'

/**
 * What an operation of a load is:
 * - `connect`: a connection of its own, identify, a stream, REGISTER, and its end
 * - `stream`: a stream on an open connection, REGISTER, and its end
 * - `refresh`: REGISTER on an open stream, of what is registered already
 * - `discover`: DISCOVER on an open stream
 * - `mixed`: those of {@link MIX}, in turns; what is registered is what is asked for, so answers change
 */
export const SCENARIOS = ['connect', 'stream', 'refresh', 'discover', 'mixed'] as const

export type Scenario = (typeof SCENARIOS)[number]

/** How many of each are in `mixed`, one after the other. */
export const MIX = { connect: 1, discover: 5, refresh: 14 } as const

/** Whom a load process asks, and how. */
export interface Target {
  /** Multiaddr. */
  point: string
  dialect: DialectName
  recordKind: RecordKind
  ttlSeconds: number
  /** The server ends a stream behind its answer, so that each request opens another. Default: no. */
  streamPerRequest?: boolean
}

/** Registrations that are live while it is measured: every peer is in every namespace. */
export interface Population {
  peers: number
  /** Peers of the same number are the same. Default: from 0 on. */
  firstPeer?: number
  namespaces: number
  /** A namespace is this and a number. */
  prefix: string
}

/** How registrations are made that are to stay. */
export interface Lasting {
  dialect: DialectName
  ttlSeconds: number
}

export interface RunRequest {
  do: 'run'
  scenario: Scenario
  /** Of DISCOVER. */
  limit: number
  seconds: number
  /** Open connections, each with a stream, that take turns; those of `connect` come on top. */
  connections: number
  /** Operations under way at a time, at most as many. */
  concurrency: number
  /** Operations a second in all; absent: as fast as they are answered. */
  rate?: number
}

/** What a load process is told on its standard input, a line each. */
export type LoadRequest =
  | ({ do: 'fill' | 'restore' } & Lasting)
  | RunRequest
  | { do: 'hold'; connections: number }
  | { do: 'release' }

export interface LoadRun {
  event: 'ran'
  operations: number
  failed: number
  /** Why, each reason once. */
  reasons: string[]
  seconds: number
  /** Milliseconds, of those that were answered. */
  p50: number
  p99: number
  p999: number
  /** Registrations in an answer to DISCOVER, on average. */
  registrations: number
}

/** What it answers. */
export type LoadLine =
  | { event: 'ready' }
  | { event: 'filled'; registrations: number }
  | { event: 'held'; connections: number }
  | { event: 'released' }
  | LoadRun
  | { event: 'failed'; message: string }
