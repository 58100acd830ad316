import { Command, Option } from 'commander'
import { toPositiveNumber } from '../client-options.ts'
import { reportFailure } from '../report-failure.ts'
import { askSidecar, sidecarOption } from '../sidecar.ts'

interface ClusterOptions {
  sidecar: URL
  timeout: number
  json?: boolean
}

/** What is needed of `/api/v1/status`. */
interface Status {
  registrations?: number
  namespaces?: number
  connections: number
  requestsPerSecond: number
  p99Ms?: number
  store: { kind: string; up: boolean }
  nodes: {
    peerId: string
    version: string
    draining: boolean
    silent: boolean
    heardSecondsAgo: number
    self: boolean
    multiaddrs: string[]
    connections?: number
    requestsPerSecond?: number
  }[]
}

const HEAD = ['peer id', 'state', 'connections', 'requests/s', 'version']

/** `rendezvous cluster`: what the status page shows, in a terminal. */
export function clusterCommand(): Command {
  return new Command('cluster')
    .description('Show the nodes of a cluster and what they do, as one of them tells.')
    .addOption(sidecarOption('sidecar of any node of the cluster'))
    .addOption(
      new Option('--timeout <seconds>', 'for all of it').argParser(toPositiveNumber).default(5)
    )
    .addOption(new Option('--json', 'print JSON'))
    .action(async ({ sidecar, timeout, json }: ClusterOptions) => {
      const signal = AbortSignal.timeout(timeout * 1000)

      try {
        const { history: _history, ...status } = await askSidecar<Status & { history: unknown }>(
          sidecar,
          '/api/v1/status',
          signal
        )

        process.stdout.write(json ? `${JSON.stringify(status)}\n` : describe(status))
      } catch (error) {
        reportFailure(signal.aborted ? new Error(`no answer in ${timeout} s`) : error, json)
      }
    })
}

function describe(status: Status): string {
  const { store, registrations, namespaces, connections, requestsPerSecond, p99Ms, nodes } = status
  const rows = [HEAD, ...nodes.map(rowOf)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd()
  )

  return `${[
    ...table,
    '',
    `store          ${store.kind}, ${store.up ? 'answers' : 'does not answer'}`,
    `registrations  ${registrations ?? 'not known yet'} in ${namespaces ?? '?'} namespaces`,
    `connections    ${connections}`,
    `requests       ${requestsPerSecond.toFixed(1)} per second${p99Ms == null ? '' : `, p99 ${p99Ms.toFixed(1)} ms`}`
  ].join('\n')}\n`
}

function rowOf(node: Status['nodes'][number]): string[] {
  const { peerId, version, connections, requestsPerSecond, self } = node

  return [
    peerId,
    stateOf(node) + (self ? ', answers this' : ''),
    connections == null ? '' : String(connections),
    requestsPerSecond == null ? '' : requestsPerSecond.toFixed(1),
    version
  ]
}

function stateOf({ silent, heardSecondsAgo, draining, multiaddrs }: Status['nodes'][number]) {
  if (silent) {
    return `gone for ${heardSecondsAgo} s`
  }

  if (draining) {
    return 'draining'
  }

  return multiaddrs.length === 0 ? 'starting' : 'serving'
}
