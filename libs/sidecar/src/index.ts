/**
 * The HTTP sidecar of a front node: Prometheus metrics, health, and what the node says of itself.
 *
 * @example
 * ```ts
 * import { createSidecar, type NodeStatus, PrometheusMetrics } from '@rendezvous-cluster/sidecar'
 *
 * export async function serve(node: () => NodeStatus): Promise<void> {
 *   const metrics = new PrometheusMetrics({ version: '1.0.0', connections: () => 0 })
 *   const cluster = () => ({ nodes: [] })
 *   const sidecar = createSidecar({ metrics, node, cluster, isReady: () => true })
 *
 *   await sidecar.listen({ host: '127.0.0.1', port: 8008 })
 * }
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
