import {
  formatCount,
  formatMs,
  formatRate,
  type NodeOverview,
  nodeState,
  type StatusOverview
} from '@rendezvous-cluster/sidecar'
import { Command, Option } from 'commander'
import { alignColumns } from '../align-columns.ts'
import { secondsOption } from '../client-options.ts'
import { reportFailure } from '../report-failure.ts'
import { askSidecar, sidecarOption } from '../sidecar.ts'

interface ClusterOptions {
  sidecar: URL
  /** In milliseconds. */
  timeout: number
  json?: boolean
}

const HEAD = ['peer id', 'state', 'version', 'connections', 'requests/s']

/** Those with numbers come behind them. */
const TEXT_COLUMNS = 3

/** `rendezvous cluster`: the nodes and the totals of the status page, in a terminal. */
export function clusterCommand(): Command {
  return new Command('cluster')
    .description('Show the nodes of a cluster and what they do, as one of them tells.')
    .addOption(sidecarOption('sidecar of any node of the cluster'))
    .addOption(secondsOption('--timeout', 'for all of it', 5))
    .addOption(new Option('--json', 'print JSON'))
    .action(async ({ sidecar, timeout: timeoutMs, json }: ClusterOptions) => {
      const signal = AbortSignal.timeout(timeoutMs)

      try {
        const { history: _history, ...status } = await askSidecar<StatusOverview>(
          sidecar,
          '/api/v1/status',
          signal
        )

        process.stdout.write(json ? `${JSON.stringify(status)}\n` : describe(status))
      } catch (error) {
        reportFailure(
          signal.aborted ? new Error(`no answer in ${timeoutMs / 1000} s`) : error,
          json
        )
      }
    })
}

function describe(status: Omit<StatusOverview, 'history'>): string {
  const { store, registrations, namespaces, connections, requestsPerSecond, p99Ms, nodes } = status

  return `${[
    ...alignColumns([HEAD, ...nodes.map(rowOf)], TEXT_COLUMNS),
    '',
    `store          ${store.kind}, ${store.up ? 'answers' : 'does not answer'}`,
    `registrations  ${formatCount(registrations)}`,
    `namespaces     ${formatCount(namespaces)}`,
    `connections    ${formatCount(connections)}`,
    `requests       ${formatRate(requestsPerSecond)} per second, p99 ${formatMs(p99Ms)}`
  ].join('\n')}\n`
}

function rowOf(node: NodeOverview): string[] {
  const { peerId, version, connections, requestsPerSecond, self } = node

  return [
    peerId,
    nodeState(node).text + (self ? ', answers this' : ''),
    version,
    formatCount(connections),
    formatRate(requestsPerSecond)
  ]
}
