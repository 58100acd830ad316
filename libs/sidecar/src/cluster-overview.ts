import {
  type ListedNode,
  NODE_REFRESH_MS,
  type NodeFigures,
  type StoreStats
} from '@rendezvous-cluster/rendezvous'
import { quantile } from './quantile.ts'

/** A node that has missed two announcements is gone, or cannot reach the store, in milliseconds. */
export const SILENT_AFTER_MS = 2 * NODE_REFRESH_MS + 1000

/** A front node in an overview of its cluster. */
export interface NodeOverview {
  peerId: string
  /** Each ends in `/p2p/<peerId>`; empty while the node starts. */
  multiaddrs: string[]
  version: string
  draining: boolean
  uptimeSeconds: number
  /** Whether it is the node that answers. */
  self: boolean
  /** Whether nothing was heard of it for longer than {@link SILENT_AFTER_MS}: it counts no more then. */
  silent: boolean
  /** Absent of a node that has not told yet, or is of a version that does not. */
  connections?: number
  requestsPerSecond?: number
}

/** A whole cluster over the last few seconds. */
export interface ClusterOverview {
  /** Unix time in milliseconds. */
  atMs: number
  /** Absent while the store has not told. */
  registrations?: number
  namespaces?: number
  /** Of all nodes together, each counted once. */
  connections: number
  requestsPerSecond: number
  /** How long requests took, in milliseconds; absent without requests. */
  p50Ms?: number
  p99Ms?: number
  requests: { protocol: string; type: string; status: string; perSecond: number }[]
  rejected: { reason: string; perSecond: number }[]
  /** Of the node that answers: kind of store, and whether it answered last. */
  store: { kind: string; up: boolean }
  nodes: NodeOverview[]
}

export interface ClusterOverviewInit {
  nodes: readonly ListedNode[]
  /** Of the node that answers. */
  instance: string | undefined
  stats: StoreStats | undefined
  store: ClusterOverview['store']
  /** Unix time in milliseconds. */
  nowMs: number
}

/** Adds up what the nodes of a cluster tell: each is counted once, whichever of them is asked. */
export function clusterOverview(init: ClusterOverviewInit): ClusterOverview {
  const { nodes, instance, stats, store, nowMs } = init
  const figures = nodes
    .filter((node) => !isSilent(node))
    .flatMap(({ figures: each }) => (each == null ? [] : [each]))
  const durations = added(figures.flatMap(({ durations: each }) => each))

  return {
    atMs: nowMs,
    registrations: stats?.registrations,
    namespaces: stats?.namespaces,
    connections: sum(figures.map(({ connections }) => connections)),
    requestsPerSecond: sum(figures.map(requestsPerSecond)),
    p50Ms: inMs(quantile(durations, 0.5)),
    p99Ms: inMs(quantile(durations, 0.99)),
    requests: ratesOf(
      figures.flatMap(({ requests, seconds }) => requests.map((each) => ({ ...each, seconds }))),
      ({ protocol, type, status }) => ({ protocol, type, status })
    ),
    rejected: ratesOf(
      figures.flatMap(({ rejected, seconds }) => rejected.map((each) => ({ ...each, seconds }))),
      ({ reason }) => ({ reason })
    ),
    store,
    nodes: nodes.map((node) => ({
      peerId: node.peerId,
      multiaddrs: node.multiaddrs,
      version: node.version,
      draining: node.isDraining,
      uptimeSeconds: Math.max(0, Math.floor((nowMs - node.startedAtMs) / 1000)),
      self: node.instance === instance,
      silent: isSilent(node),
      connections: node.figures?.connections,
      requestsPerSecond: node.figures && requestsPerSecond(node.figures)
    }))
  }
}

function isSilent({ heardMsAgo }: ListedNode): boolean {
  return heardMsAgo > SILENT_AFTER_MS
}

function requestsPerSecond({ requests, seconds }: NodeFigures): number {
  return perSecond(sum(requests.map(({ count }) => count)), seconds)
}

/** Rates of what is counted alike at all nodes, the highest first. */
function ratesOf<T extends { count: number; seconds: number }, L extends object>(
  counted: readonly T[],
  labelsOf: (each: T) => L
): (L & { perSecond: number })[] {
  const groups = Map.groupBy(counted, (each) => JSON.stringify(labelsOf(each)))

  return [...groups.values()]
    .map((group) => ({
      ...labelsOf(group[0] as T),
      perSecond: sum(group.map(({ count, seconds }) => perSecond(count, seconds)))
    }))
    .sort((one, other) => other.perSecond - one.perSecond)
}

/** Counts of several nodes by the same upper bounds, the lowest first. */
function added(durations: NodeFigures['durations']): NodeFigures['durations'] {
  const counts = new Map<number, number>()

  for (const [atMost, count] of durations) {
    counts.set(atMost, (counts.get(atMost) ?? 0) + count)
  }

  return [...counts].sort(([one], [other]) => one - other)
}

function perSecond(count: number, seconds: number): number {
  return seconds === 0 ? 0 : count / seconds
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds == null ? undefined : seconds * 1000
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
