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
  /** Whether nothing was heard of it for longer than 7 seconds: it counts no more then. */
  silent: boolean
  /** How long ago the store was told of it last. */
  heardSecondsAgo: number
  /** Absent of a node that is silent, has not told yet, or is of a version that does not. */
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
  store: StoreOverview
  nodes: NodeOverview[]
}

/** The store that a cluster shares. */
export interface StoreOverview {
  kind: string
  /** Whether it answered the node that tells this last. */
  up: boolean
  /** Of all nodes together, as what follows. */
  operationsPerSecond: number
  /** How long operations took, in milliseconds; absent without any. */
  p50Ms?: number
  p99Ms?: number
  errors: { kind: string; perSecond: number }[]
}

export interface ClusterOverviewInit {
  nodes: readonly ListedNode[]
  /** Of the node that answers. */
  instance: string | undefined
  /** What it tells of itself now: the list has what it told last, if the store could be told. */
  figures?: NodeFigures
  stats: StoreStats | undefined
  /** Of the node that answers: kind of store, and whether it answered last. */
  store: { kind: string; up: boolean }
  /** Unix time in milliseconds. */
  nowMs: number
}

/** Adds up what the nodes of a cluster tell: each is counted once, whichever of them is asked. */
export function clusterOverview(init: ClusterOverviewInit): ClusterOverview {
  const { instance, stats, store, nowMs } = init
  const nodes = init.nodes.map((node) =>
    node.instance === instance ? asItAnswers(node, init) : node
  )
  const figures = nodes.map(figuresOf).filter((each) => each != null)
  const durations = added(figures.flatMap(({ durations: each }) => each))
  const storeDurations = added(figures.flatMap(({ storeDurations: each }) => each))

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
    store: {
      ...store,
      operationsPerSecond: sum(
        figures.map(({ storeOperations, seconds }) => perSecond(storeOperations, seconds))
      ),
      p50Ms: inMs(quantile(storeDurations, 0.5)),
      p99Ms: inMs(quantile(storeDurations, 0.99)),
      errors: ratesOf(
        figures.flatMap(({ storeErrors, seconds }) =>
          storeErrors.map((each) => ({ ...each, seconds }))
        ),
        ({ kind }) => ({ kind })
      )
    },
    nodes: nodes.map((node) => nodeOverview(node, init))
  }
}

function nodeOverview(node: ListedNode, { instance, nowMs }: ClusterOverviewInit): NodeOverview {
  const figures = figuresOf(node)

  return {
    peerId: node.peerId,
    multiaddrs: node.multiaddrs,
    version: node.version,
    draining: node.isDraining,
    uptimeSeconds: Math.max(0, Math.floor((nowMs - node.startedAtMs) / 1000)),
    self: node.instance === instance,
    silent: isSilent(node),
    heardSecondsAgo: Math.floor(node.heardMsAgo / 1000),
    connections: figures?.connections,
    requestsPerSecond: figures && requestsPerSecond(figures)
  }
}

/** Whatever the store was told last: it answers, and knows what it does. */
function asItAnswers(node: ListedNode, { figures }: ClusterOverviewInit): ListedNode {
  return { ...node, heardMsAgo: 0, figures: figures ?? node.figures }
}

/** What a node does now: what a silent one has told is of before. */
function figuresOf(node: ListedNode): NodeFigures | undefined {
  return isSilent(node) ? undefined : node.figures
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
