import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort
} from '@grafana/grafana-foundation-sdk/dashboard'
import {
  BytesIEC,
  BytesPerSecondIEC,
  CountsPerSecond,
  NoUnit,
  OpsPerSecond,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short
} from '@grafana/grafana-foundation-sdk/units'
import { DATASOURCE, graph, stackedGraph, stat, table, upOrDown } from './panels.ts'

/** What every panel of single nodes is narrowed to. */
const NODES = 'job="rendezvous", instance=~"$instance"'

/** The dashboard of a cluster: a row per topic, from whole to part. */
export function rendezvousDashboard(): Dashboard {
  const dashboard = new DashboardBuilder('Rendezvous cluster')
    .uid('rendezvous')
    .description('Front nodes and the store they share')
    .tags(['rendezvous', 'libp2p'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('10s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .editable()
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus')
    )
    .withVariable(
      new QueryVariableBuilder('instance')
        .label('Front node')
        .datasource(DATASOURCE)
        .query('label_values(rendezvous_build_info{job="rendezvous"}, instance)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.NaturalAsc)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ selected: true, text: ['All'], value: ['$__all'] })
    )

  for (const [title, panels] of Object.entries(rows)) {
    dashboard.withRow(new RowBuilder(title))

    for (const panel of panels) {
      dashboard.withPanel(panel)
    }
  }

  return withPanelIds(dashboard.build())
}

/** Links to panels go by these. */
function withPanelIds(dashboard: Dashboard): Dashboard {
  return {
    ...dashboard,
    panels: dashboard.panels?.map((panel, index) => ({ ...panel, id: index + 1 }))
  }
}

const cluster: Builder<Panel>[] = [
  stat({
    title: 'Front nodes up',
    description: 'Nodes that answer Prometheus.',
    unit: NoUnit,
    expression: 'sum(up{job="rendezvous"})',
    greenFrom: 1
  }),
  stat({
    title: 'Front nodes in the store',
    description: 'Nodes that see each other in the store they share.',
    unit: NoUnit,
    expression: 'max(job:rendezvous_cluster_nodes:max{job="rendezvous"})',
    greenFrom: 1
  }),
  stat({
    title: 'Registrations',
    description: 'Live registrations in the store.',
    unit: Short,
    expression: 'max(job:rendezvous_cluster_registrations:max{job="rendezvous"})'
  }),
  stat({
    title: 'Namespaces',
    description: 'Namespaces that have registrations.',
    unit: Short,
    expression: 'max(job:rendezvous_cluster_namespaces:max{job="rendezvous"})'
  }),
  stat({
    title: 'Requests',
    description: 'Requests answered by all nodes.',
    unit: RequestsPerSecond,
    expression: 'sum(rate(rendezvous_requests_total{job="rendezvous"}[$__rate_interval]))'
  }),
  stat({
    title: 'Alerts',
    description: 'Alerts that fire; docs/operating.md has a section for each.',
    unit: NoUnit,
    expression: 'count(ALERTS{alertname=~"Rendezvous.*", alertstate="firing"}) or vector(0)',
    redFrom: 1
  }),
  upOrDown({
    title: 'Front nodes',
    description: 'Whether each node answers Prometheus.',
    queries: [[`up{${NODES}}`, '{{instance}}']]
  }),
  graph({
    title: 'Registrations and namespaces',
    description: 'The same on every node, so the highest is shown.',
    unit: Short,
    queries: [
      ['max(job:rendezvous_cluster_registrations:max{job="rendezvous"})', 'registrations'],
      ['max(job:rendezvous_cluster_namespaces:max{job="rendezvous"})', 'namespaces']
    ]
  })
]

const requests: Builder<Panel>[] = [
  stackedGraph({
    title: 'Requests by dialect',
    description: 'Requests answered, by protocol and type.',
    unit: RequestsPerSecond,
    queries: [
      [
        `sum by (protocol, type) (rate(rendezvous_requests_total{${NODES}}[$__rate_interval]))`,
        '{{protocol}} {{type}}'
      ]
    ]
  }),
  stackedGraph({
    title: 'Requests by status',
    description: 'Requests answered, by the status of the answer.',
    unit: RequestsPerSecond,
    queries: [
      [
        `sum by (status) (rate(rendezvous_requests_total{${NODES}}[$__rate_interval]))`,
        '{{status}}'
      ]
    ]
  }),
  graph({
    title: 'Requests by front node',
    description: 'Requests answered by each node.',
    unit: RequestsPerSecond,
    queries: [[`instance:rendezvous_requests:rate1m{${NODES}}`, '{{instance}}']]
  }),
  graph({
    title: 'Turned away',
    description:
      'Share of the requests that were answered E_UNAVAILABLE, without those of peers over their rate. An alert fires above 5 %.',
    unit: PercentUnit,
    queries: [[`instance:rendezvous_requests_unavailable:ratio_rate1m{${NODES}}`, '{{instance}}']]
  })
]

const latency: Builder<Panel>[] = [
  graph({
    title: 'Latency by request, p50 and p99',
    description: 'From a whole request to its answer handed to the transport.',
    unit: Seconds,
    queries: [
      [durationQuantile(0.5, 'protocol, type'), '{{protocol}} {{type}} p50'],
      [durationQuantile(0.99, 'protocol, type'), '{{protocol}} {{type}} p99']
    ]
  }),
  graph({
    title: 'Latency by front node, p99 of 5 minutes',
    description: 'An alert fires above half a second.',
    unit: Seconds,
    queries: [[`instance:rendezvous_request_duration_seconds:p99_rate5m{${NODES}}`, '{{instance}}']]
  }),
  graph({
    title: 'Registrations in an answer',
    description: 'How many registrations a DISCOVER finds.',
    unit: Short,
    queries: [
      [resultsQuantile(0.5), 'p50'],
      [resultsQuantile(0.99), 'p99'],
      [
        `sum(rate(rendezvous_discover_results_sum{${NODES}}[$__rate_interval])) / sum(rate(rendezvous_discover_results_count{${NODES}}[$__rate_interval]))`,
        'mean'
      ]
    ]
  }),
  graph({
    title: 'Registrations handed out',
    description: 'Registrations in answers to DISCOVER, of all peers together.',
    unit: OpsPerSecond,
    queries: [
      [
        `sum by (instance) (rate(rendezvous_discover_results_sum{${NODES}}[$__rate_interval]))`,
        '{{instance}}'
      ]
    ]
  })
]

const connections: Builder<Panel>[] = [
  graph({
    title: 'Connections',
    description: 'Connections open.',
    unit: Short,
    queries: [[`rendezvous_connections{${NODES}}`, '{{instance}}']]
  }),
  graph({
    title: 'Connections of those that may be',
    description:
      'Share of --max-connections, or of what the limit of open files allows. An alert fires above 80 %.',
    unit: PercentUnit,
    queries: [[`instance:rendezvous_connections:ratio{${NODES}}`, '{{instance}}']],
    max: 1
  }),
  graph({
    title: 'Rendezvous streams',
    description: 'Streams of the rendezvous protocols open.',
    unit: Short,
    queries: [[`rendezvous_streams{${NODES}}`, '{{instance}}']]
  }),
  graph({
    title: 'Traffic',
    description: 'Bytes of all connections, with what encryption and multiplexing add.',
    unit: BytesPerSecondIEC,
    queries: [
      [traffic('received'), '{{instance}} received'],
      [traffic('sent'), '{{instance}} sent']
    ]
  })
]

const rejects: Builder<Panel>[] = [
  stackedGraph({
    title: 'Rejects by reason',
    description:
      'Streams reset, connections held up and requests at a cap. Idle streams are everyday tidying.',
    unit: CountsPerSecond,
    queries: [
      [
        `sum by (reason) (rate(rendezvous_rejected_total{${NODES}}[$__rate_interval]))`,
        '{{reason}}'
      ]
    ]
  }),
  upOrDown({
    title: 'Policy file',
    description:
      'Whether each node has applied its policy file when it read it last, or goes by the earlier one.',
    queries: [[`rendezvous_policy_last_reload_successful{${NODES}}`, '{{instance}}']],
    texts: ['refused', 'applied']
  }),
  graph({
    title: 'Share of rejects',
    description: 'Of what peers ask, without idle streams. An alert fires above 20 %.',
    unit: PercentUnit,
    queries: [[`instance:rendezvous_rejected:ratio_rate1m{${NODES}}`, '{{instance}}']],
    max: 1
  })
]

const store: Builder<Panel>[] = [
  upOrDown({
    title: 'Store',
    description: 'Whether the store answered each node last.',
    queries: [[`rendezvous_store_up{${NODES}}`, '{{instance}}']]
  }),
  stackedGraph({
    title: 'Errors of the store by kind',
    description: 'Commands that failed; silent: not sent, since the store has stopped answering.',
    unit: CountsPerSecond,
    queries: [
      [
        `sum by (kind) (rate(rendezvous_store_errors_total{${NODES}}[$__rate_interval]))`,
        '{{kind}}'
      ]
    ]
  }),
  graph({
    title: 'Latency of the store by operation, p50 and p99',
    description: 'Operations of the store, failed ones too.',
    unit: Seconds,
    queries: [
      [storeQuantile(0.5), '{{operation}} p50'],
      [storeQuantile(0.99), '{{operation}} p99']
    ]
  }),
  stackedGraph({
    title: 'Operations of the store',
    description: 'A node answers many DISCOVERs from one reading of a namespace.',
    unit: OpsPerSecond,
    queries: [
      [
        `sum by (operation) (rate(rendezvous_store_operation_duration_seconds_count{${NODES}}[$__rate_interval]))`,
        '{{operation}}'
      ]
    ]
  }),
  stackedGraph({
    title: 'Reads of namespaces',
    description:
      'What had changed, all, or a random part, for copies; or registrations drawn for one answer, where a copy does not pay or has no room.',
    unit: OpsPerSecond,
    queries: [
      [
        `sum by (read) (rate(rendezvous_namespace_reads_total{${NODES}}[$__rate_interval]))`,
        '{{read}}'
      ]
    ]
  }),
  graph({
    title: 'Copies of namespaces',
    description: 'What they hold at each node, of --max-copied-bytes.',
    unit: BytesIEC,
    queries: [[`rendezvous_copied_bytes{${NODES}}`, '{{instance}}']]
  }),
  graph({
    title: 'No room for a copy',
    description: 'DISCOVERs that a copy would have saved Redis: raise --max-copied-bytes.',
    unit: OpsPerSecond,
    queries: [
      [`rate(rendezvous_copies_without_room_total{${NODES}}[$__rate_interval])`, '{{instance}}']
    ]
  })
]

const signatures: Builder<Panel>[] = [
  stackedGraph({
    title: 'Envelopes of REGISTER',
    description: 'Known on their connection (hit), or verified (miss).',
    unit: OpsPerSecond,
    queries: [
      [
        `sum by (result) (rate(rendezvous_verify_cache_total{${NODES}}[$__rate_interval]))`,
        '{{result}}'
      ]
    ]
  }),
  graph({
    title: 'Envelopes that need no verification',
    description: 'Share of the envelopes that were known on their connection.',
    unit: PercentUnit,
    queries: [
      [
        `sum by (instance) (rate(rendezvous_verify_cache_total{${NODES}, result="hit"}[$__rate_interval])) / sum by (instance) (rate(rendezvous_verify_cache_total{${NODES}}[$__rate_interval]))`,
        '{{instance}}'
      ]
    ],
    max: 1
  })
]

const processes: Builder<Panel>[] = [
  graph({
    title: 'Event loop lag, p99',
    description: 'Between two scrapes; about 10 ms is the resolution. An alert fires above 100 ms.',
    unit: Seconds,
    queries: [[`nodejs_eventloop_lag_p99_seconds{${NODES}}`, '{{instance}}']]
  }),
  graph({
    title: 'CPU',
    description: 'Share of one core.',
    unit: PercentUnit,
    queries: [[`rate(process_cpu_seconds_total{${NODES}}[$__rate_interval])`, '{{instance}}']]
  }),
  graph({
    title: 'Memory of the process',
    description: 'Resident set size.',
    unit: BytesIEC,
    queries: [[`process_resident_memory_bytes{${NODES}}`, '{{instance}}']]
  }),
  graph({
    title: 'Heap',
    description: 'Heap in use, and buffers outside of it.',
    unit: BytesIEC,
    queries: [
      [`nodejs_heap_size_used_bytes{${NODES}}`, '{{instance}} heap'],
      [`nodejs_external_memory_bytes{${NODES}}`, '{{instance}} external']
    ]
  }),
  graph({
    title: 'Garbage collection',
    description: 'Share of the time that the collector takes, by kind of collection.',
    unit: PercentUnit,
    queries: [
      [
        `sum by (instance, kind) (rate(nodejs_gc_duration_seconds_sum{${NODES}}[$__rate_interval]))`,
        '{{instance}} {{kind}}'
      ]
    ]
  }),
  graph({
    title: 'Open files',
    description: 'Connections are files too. Beyond the limit no more can be accepted.',
    unit: Short,
    queries: [
      [`process_open_fds{${NODES}}`, '{{instance}}'],
      [`min(process_max_fds{${NODES}})`, 'limit']
    ]
  })
]

const builds: Builder<Panel>[] = [
  table({
    title: 'What runs',
    description: 'Version and age of each node.',
    info: `rendezvous_build_info{${NODES}}`,
    duration: [`time() - process_start_time_seconds{${NODES}}`, 'up for'],
    labels: { instance: 'front node', version: 'version', node: 'Node.js' }
  })
]

const rows = {
  Cluster: cluster,
  Requests: requests,
  'Latency and answers': latency,
  'Connections and streams': connections,
  Rejects: rejects,
  Store: store,
  Signatures: signatures,
  Processes: processes,
  Builds: builds
}

function durationQuantile(quantile: number, labels: string): string {
  return `histogram_quantile(${quantile}, sum by (${labels}, le) (rate(rendezvous_request_duration_seconds_bucket{${NODES}}[$__rate_interval])))`
}

function resultsQuantile(quantile: number): string {
  return `histogram_quantile(${quantile}, sum by (le) (rate(rendezvous_discover_results_bucket{${NODES}}[$__rate_interval])))`
}

function storeQuantile(quantile: number): string {
  return `histogram_quantile(${quantile}, sum by (operation, le) (rate(rendezvous_store_operation_duration_seconds_bucket{${NODES}}[$__rate_interval])))`
}

function traffic(direction: 'received' | 'sent'): string {
  return `rate(libp2p_data_transfer_bytes_total{${NODES}, protocol="global ${direction}"}[$__rate_interval])`
}
