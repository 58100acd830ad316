import type { AnsweredRequest, PointMetrics, RejectReason } from '@rendezvous-cluster/point'
import type { Cap, PolicyRule, ServiceMetrics, StoreStats } from '@rendezvous-cluster/rendezvous'
import type {
  CopiedNamespaces,
  NamespaceRead,
  StoreErrorKind,
  StoreMetrics,
  StoreOperation
} from '@rendezvous-cluster/stores'
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  Registry
} from 'prom-client'
import type { NodeTotals } from './figures-window.ts'

/** Upper bounds in seconds: from a cache hit to a request deadline. */
const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const RESULT_BUCKETS = [0, 1, 5, 10, 50, 100, 500, 1000]

/** Every value of a label, whole by its type. */
type Values<L extends string> = Record<L, true>

const REJECT_REASONS: Values<RejectReason | `cap-${Cap}` | `policy-${PolicyRule}`> = {
  'peer-rate': true,
  'refused-stream': true,
  'refused-connection': true,
  'unsent-bytes': true,
  malformed: true,
  'slow-frame': true,
  'idle-stream': true,
  'stalled-write': true,
  'messages-per-stream': true,
  'max-connections': true,
  'connections-per-ip': true,
  'new-connections-per-ip': true,
  'idle-connection': true,
  'crowded-connection': true,
  'frame-bytes': true,
  'unread-bytes': true,
  'frame-rate': true,
  'ping-rate': true,
  'stream-rate': true,
  'stalled-connection': true,
  'streams-per-connection': true,
  negotiation: true,
  'slow-negotiation': true,
  'pending-handshakes': true,
  'handshake-bytes': true,
  'websocket-upgrade': true,
  'cap-peer': true,
  'cap-namespace': true,
  'cap-prefix': true,
  'cap-namespaces': true,
  'policy-access': true,
  'policy-peer-id': true,
  'policy-addresses': true,
  'policy-ttl': true
}

const STORE_ERROR_KINDS: Values<StoreErrorKind> = {
  timeout: true,
  silent: true,
  connection: true,
  full: true,
  'read-only': true,
  late: true,
  other: true
}

const NAMESPACE_READS: Values<NamespaceRead> = { changes: true, all: true, part: true, drawn: true }

const VERIFY_CACHE_RESULTS: Values<VerifyCacheResult> = { hit: true, miss: true }

type VerifyCacheResult = 'hit' | 'miss'

const POLICY_RELOAD_RESULTS: Values<PolicyReloadResult> = { applied: true, refused: true }

type PolicyReloadResult = 'applied' | 'refused'

/** What is shown besides what is counted. */
export interface PrometheusMetricsInit {
  /** Version of the software, shown in `rendezvous_build_info`. */
  version: string
  /** Connections open now, read at each scrape. */
  connections: () => number
}

/**
 * Everything a front node counts, in one registry of its own. Labels come from closed sets only:
 * never a namespace, a peer id or an address.
 */
export class PrometheusMetrics implements PointMetrics, ServiceMetrics, StoreMetrics {
  readonly registry = new Registry()

  readonly #connections: () => number
  #copied = (): CopiedNamespaces => ({ registrations: 0, bytes: 0 })
  readonly #requests = this.#counter('rendezvous_requests_total', 'Requests answered', [
    'protocol',
    'type',
    'status'
  ])
  readonly #requestSeconds = this.#histogram(
    'rendezvous_request_duration_seconds',
    'From a whole request to its answer handed to the transport',
    ['protocol', 'type'],
    SECONDS_BUCKETS
  )
  readonly #results = this.#histogram(
    'rendezvous_discover_results',
    'Registrations sent to a DISCOVER',
    [],
    RESULT_BUCKETS
  )
  readonly #rejected = this.#counter(
    'rendezvous_rejected_total',
    'Requests refused, streams reset, connections refused, held up and ended for what a peer did',
    ['reason']
  )
  readonly #streams = this.#gauge('rendezvous_streams', 'Rendezvous streams open')
  readonly #verifyCache = this.#counter(
    'rendezvous_verify_cache_total',
    'Envelopes of a REGISTER known on their connection (hit) or verified (miss)',
    ['result']
  )
  readonly #policyReloads = this.#counter(
    'rendezvous_policy_reloads_total',
    'Policy files read again and applied, or refused so that the earlier one stays',
    ['result']
  )
  readonly #policyIsSound = this.#gauge(
    'rendezvous_policy_last_reload_successful',
    'Whether the policy file was applied when it was read last; 1 without one'
  )
  readonly #policySince = this.#gauge(
    'rendezvous_policy_last_reload_success_timestamp_seconds',
    'When the policy file was last read and applied; 0 without one'
  )
  readonly #storeUp = this.#gauge('rendezvous_store_up', 'Whether the store answered last')
  readonly #storeSeconds = this.#histogram(
    'rendezvous_store_operation_duration_seconds',
    'Operations of the store, failed ones too',
    ['operation'],
    SECONDS_BUCKETS
  )
  readonly #storeErrors = this.#counter('rendezvous_store_errors_total', 'Failed store commands', [
    'kind'
  ])
  readonly #namespaceReads = this.#counter(
    'rendezvous_namespace_reads_total',
    'Namespaces read from Redis for copies or, drawn, for one answer',
    ['read']
  )
  readonly #copiesWithoutRoom = this.#counter(
    'rendezvous_copies_without_room_total',
    'DISCOVERs for which a copy of the namespace would have paid, and there was no room for it',
    []
  )
  readonly #connectionsMax = this.#gauge(
    'rendezvous_connections_max',
    'Connections that may be open at once'
  )
  readonly #clusterRegistrations = this.#gauge(
    'rendezvous_cluster_registrations',
    'Registrations in the store, the same on every node'
  )
  readonly #clusterNamespaces = this.#gauge(
    'rendezvous_cluster_namespaces',
    'Namespaces with registrations, the same on every node'
  )

  readonly #clusterNodes = this.#gauge(
    'rendezvous_cluster_nodes',
    'Front nodes that share the store, the same on every node'
  )

  constructor({ version, connections }: PrometheusMetricsInit) {
    const { registry } = this

    this.#connections = connections
    collectDefaultMetrics({ register: registry })
    new Gauge({
      name: 'rendezvous_build_info',
      help: 'Always 1; the labels say what runs',
      labelNames: ['version', 'node'],
      registers: [registry]
    }).set({ version, node: process.version }, 1)
    this.#readAtScrape('rendezvous_connections', 'Connections open', connections)
    this.#readAtScrape(
      'rendezvous_copied_registrations',
      'Registrations in copies of namespaces in Redis',
      () => this.#copied().registrations
    )
    this.#readAtScrape(
      'rendezvous_copied_bytes',
      'What those copies hold, of --max-copied-bytes',
      () => this.#copied().bytes
    )
    this.#storeUp.set(0)
    this.#policyIsSound.set(1)
    startAtZero(this.#rejected, 'reason', REJECT_REASONS)
    startAtZero(this.#storeErrors, 'kind', STORE_ERROR_KINDS)
    startAtZero(this.#namespaceReads, 'read', NAMESPACE_READS)
    startAtZero(this.#verifyCache, 'result', VERIFY_CACHE_RESULTS)
    startAtZero(this.#policyReloads, 'result', POLICY_RELOAD_RESULTS)
  }

  /** Counts a request that was answered, how long that took, and how many registrations it brought. */
  request({ protocol, type, status, seconds, results }: AnsweredRequest): void {
    this.#requests.inc({ protocol, type, status })
    this.#requestSeconds.observe({ protocol, type }, seconds)

    if (results != null) {
      this.#results.observe(results)
    }
  }

  /** Counts what was refused, reset or ended for what a peer did, in `rendezvous_rejected_total`. */
  rejected(reason: RejectReason): void {
    this.#rejected.inc({ reason })
  }

  streams(open: number): void {
    this.#streams.set(open)
  }

  /** How many connections may be open, as the limit of open files allows. */
  connectionsMax(connections: number): void {
    this.#connectionsMax.set(connections)
  }

  verifyCache(result: VerifyCacheResult): void {
    this.#verifyCache.inc({ result })
  }

  capReached(cap: Cap): void {
    this.#rejected.inc({ reason: `cap-${cap}` })
  }

  policyRefused(rule: PolicyRule): void {
    this.#rejected.inc({ reason: `policy-${rule}` })
  }

  /** The policy file was read for the first time, and applies. @param nowMs - Unix time */
  policyRead(nowMs: number): void {
    this.#policyIsSound.set(1)
    this.#policySince.set(nowMs / 1000)
  }

  /** The policy file was read again. @param nowMs - Unix time */
  policyReload(result: PolicyReloadResult, nowMs: number): void {
    this.#policyReloads.inc({ result })

    if (result === 'applied') {
      this.policyRead(nowMs)
    } else {
      this.#policyIsSound.set(0)
    }
  }

  operation(operation: StoreOperation, seconds: number): void {
    this.#storeSeconds.observe({ operation }, seconds)
  }

  /** Sets `rendezvous_store_up`: whether the store answered last. It is 0 until the first call. */
  storeUp(up: boolean): void {
    this.#storeUp.set(up ? 1 : 0)
  }

  /** Counts a failure of the store, by its kind, in `rendezvous_store_errors_total`. */
  storeError(kind: StoreErrorKind): void {
    this.#storeErrors.inc({ kind })
  }

  /** Counts a reading of a namespace in Redis, in `rendezvous_namespace_reads_total`. */
  namespaceRead(read: NamespaceRead): void {
    this.#namespaceReads.inc({ read })
  }

  /** Counts a DISCOVER for which there was no room for a copy that would have paid. */
  copyWithoutRoom(): void {
    this.#copiesWithoutRoom.inc()
  }

  /**
   * Tells where to read what copies of namespaces hold.
   *
   * @param copied - read at each scrape; nothing until this is called
   */
  copies(copied: () => CopiedNamespaces): void {
    this.#copied = copied
  }

  /** Figures that the whole cluster shares: every node shows them, so aggregate with `max`. */
  cluster({ registrations, namespaces }: StoreStats): void {
    this.#clusterRegistrations.set(registrations)
    this.#clusterNamespaces.set(namespaces)
  }

  /** How many front nodes there are: as {@link cluster}. */
  clusterNodes(nodes: number): void {
    this.#clusterNodes.set(nodes)
  }

  /** What was counted since the start, for the figures that this node tells its cluster. */
  async totals(): Promise<NodeTotals> {
    const [requests, seconds, rejected, streams, storeSeconds, storeErrors] = await Promise.all([
      this.#requests.get(),
      this.#requestSeconds.get(),
      this.#rejected.get(),
      this.#streams.get(),
      this.#storeSeconds.get(),
      this.#storeErrors.get()
    ])

    return {
      connections: this.#connections(),
      streams: streams.values[0]?.value ?? 0,
      requests: requests.values.map(({ labels, value }) => ({
        protocol: String(labels.protocol),
        type: String(labels.type),
        status: String(labels.status),
        count: value
      })),
      durations: countsByBound(seconds),
      rejected: rejected.values.map(({ labels, value }) => ({
        reason: String(labels.reason),
        count: value
      })),
      storeDurations: countsByBound(storeSeconds),
      storeOperations: storeSeconds.values
        .filter(({ metricName }) => metricName?.endsWith('_count'))
        .reduce((sum, { value }) => sum + value, 0),
      storeErrors: storeErrors.values.map(({ labels, value }) => ({
        kind: String(labels.kind),
        count: value
      }))
    }
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] })
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] })
  }

  #readAtScrape(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read())
      }
    })
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    buckets: number[]
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] })
  }
}

/** Counts of all series of a histogram together, without those above the highest bound. */
function countsByBound({
  values
}: MetricObjectWithValues<MetricValueWithName<string>>): NodeTotals['durations'] {
  const counts = new Map(SECONDS_BUCKETS.map((atMost) => [atMost, 0]))

  for (const { labels, value } of values) {
    // Those of no bucket, and of the one without a bound, are left out.
    const atMost = Number(labels.le)

    if (counts.has(atMost)) {
      counts.set(atMost, (counts.get(atMost) ?? 0) + value)
    }
  }

  return [...counts]
}

/** Prometheus cannot count the first events of a series that begins with them. */
function startAtZero<L extends string>(
  counter: Counter<L>,
  label: L,
  values: Values<string>
): void {
  for (const value of Object.keys(values)) {
    counter.inc({ [label]: value } as Record<L, string>, 0)
  }
}
