/**
 * The rendezvous point: a libp2p service that answers REGISTER and DISCOVER.
 *
 * @example
 * ```ts
 * const node = await createLibp2p({
 *   services: { rendezvous: rendezvousPoint({ service, dialects: [DIALECTS.waku] }) }
 * })
 * ```
 *
 * @packageDocumentation
 */
export { POINT_LIMITS_DEFAULT, type PointLimits } from './point-limits.ts'
export {
  type AnsweredRequest,
  noPointMetrics,
  type PointMetrics,
  type RejectReason
} from './point-metrics.ts'
export {
  type RendezvousPoint,
  type RendezvousPointComponents,
  type RendezvousPointInit,
  rendezvousPoint
} from './rendezvous-point.ts'
