import type { StatusOverview } from '../src/sidecar.ts'

/** Of a cluster in which nothing happens. */
export function sampleOverview(fields: Partial<StatusOverview> = {}): StatusOverview {
  return {
    atMs: 1_800_000_000_000,
    connections: 3,
    requestsPerSecond: 4.5,
    requests: [],
    rejected: [],
    store: { kind: 'redis', up: true, operationsPerSecond: 0, errors: [] },
    nodes: [],
    history: [],
    ...fields
  }
}
