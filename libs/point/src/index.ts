/**
 * The rendezvous point: a libp2p service that answers REGISTER, UNREGISTER and DISCOVER.
 *
 * @example
 * ```ts
 * import { rendezvousPoint } from '@rendezvous-cluster/point'
 * import { RendezvousService } from '@rendezvous-cluster/rendezvous'
 * import { MemoryStore } from '@rendezvous-cluster/stores'
 * import { DIALECTS } from '@rendezvous-cluster/wire'
 * import { createLibp2p } from 'libp2p'
 *
 * const service = new RendezvousService({ store: new MemoryStore() })
 * const node = await createLibp2p({
 *   services: { rendezvous: rendezvousPoint({ service, dialects: [DIALECTS.libp2p] }) }
 * })
 * ```
 *
 * @packageDocumentation
 */

export { type AddressHost, hostsOf } from './address-hosts.ts'
export type { ConnectionActivity } from './connection-activity.ts'
export { ipOf, isPrivateIp, isPublicIp, networkOf, parseIp } from './ip-address.ts'
export { POINT_LIMITS_DEFAULT, type PointLimits, type Rate } from './point-limits.ts'
export {
  type AnsweredRequest,
  noPointMetrics,
  type PointMetrics,
  type RejectReason
} from './point-metrics.ts'
export { ArrivalTurns } from './quotas/arrival-turns.ts'
export { EventLoopTurns } from './quotas/event-loop-turns.ts'
export { fullBucket } from './quotas/full-bucket.ts'
export {
  type RendezvousPoint,
  type RendezvousPointComponents,
  type RendezvousPointInit,
  rendezvousPoint
} from './rendezvous-point.ts'
export { Rounds } from './rounds.ts'
export { WatchList } from './watch-list.ts'
