/**
 * The HTTP sidecar of a front node: Prometheus metrics, health, and what the node says of itself.
 *
 * @example
 * ```ts
 * import {
 *   createSidecar,
 *   PrometheusMetrics,
 *   type SidecarInit
 * } from '@rendezvous-cluster/sidecar'
 *
 * export async function serve(init: Omit<SidecarInit, 'metrics'>): Promise<void> {
 *   const metrics = new PrometheusMetrics({ version: '1.0.0', connections: () => 0 })
 *   const sidecar = createSidecar({ metrics, ...init })
 *
 *   await sidecar.listen({ host: '127.0.0.1', port: 8008 })
 * }
 * ```
 *
 * @packageDocumentation
 */
export { type ClusterOverview, clusterOverview, type NodeOverview } from './cluster-overview.ts'
export { FiguresWindow, type NodeTotals } from './figures-window.ts'
export { LostNodes } from './lost-nodes.ts'
export { OverviewHistory, type OverviewMoment } from './overview-history.ts'
export { PrometheusMetrics, type PrometheusMetricsInit } from './prometheus-metrics.ts'
export {
  type ClusterStatus,
  createSidecar,
  type NodeStatus,
  type ShownNamespace,
  type SidecarInit,
  type StatusOverview
} from './sidecar.ts'
export { formatCount, formatMs, formatRate } from './status-page/format-figures.ts'
export { type Condition, nodeState } from './status-page/node-state.ts'
