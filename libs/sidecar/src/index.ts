/**
 * The HTTP sidecar of a front node: Prometheus metrics, health, and what the node says of itself.
 *
 * @example
 * ```ts
 * const sidecar = createSidecar({
 *   metrics,
 *   node: () => status,
 *   cluster: () => ({ nodes: [] }),
 *   isReady: () => true
 * })
 * await sidecar.listen({ host: '127.0.0.1', port: 8008 })
 * ```
 *
 * @packageDocumentation
 */
export { PrometheusMetrics, type PrometheusMetricsInit } from './prometheus-metrics.ts'
export {
  type ClusterStatus,
  createSidecar,
  type NodeStatus,
  type SidecarInit
} from './sidecar.ts'
