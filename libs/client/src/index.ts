/**
 * Rendezvous for js-libp2p: register under a namespace, and find who else has. Runs in Node and in
 * browsers.
 *
 * @example
 * ```ts
 * import { identify } from '@libp2p/identify'
 * import { webSockets } from '@libp2p/websockets'
 * import { rendezvousClient } from '@rendezvous-cluster/client'
 * import { noise } from '@chainsafe/libp2p-noise'
 * import { yamux } from '@chainsafe/libp2p-yamux'
 * import { createLibp2p } from 'libp2p'
 *
 * const node = await createLibp2p({
 *   transports: [webSockets()],
 *   connectionEncrypters: [noise()],
 *   streamMuxers: [yamux()],
 *   services: {
 *     identify: identify(),
 *     rendezvous: rendezvousClient({ points: ['/dns4/rendezvous.example.org/tcp/443/wss'] })
 *   }
 * })
 *
 * for await (const { peerId } of node.services.rendezvous.discover('news', { limit: 5 })) {
 *   await node.dial(peerId)
 * }
 * ```
 *
 * @packageDocumentation
 */
export type { DiscoverOptions } from './discover-peers.ts'
export type { DiscoveredPeer } from './discovered-peers.ts'
export { NoAnswerError, NoPointError, RefusedError } from './errors.ts'
export type { FoundPeersTag } from './found-peers.ts'
export {
  type DiscoverQuery,
  PointClient,
  type PointClientInit,
  type RegistrationPage
} from './point-client.ts'
export type { PointOrder, PointSource, PointStatus } from './points/point.ts'
export {
  type PubSubRendezvous,
  type PubSubRendezvousComponents,
  type PubSubRendezvousInit,
  type PubSubWithTopics,
  pubsubRendezvous,
  type ReadyOptions,
  type TopicStatus
} from './pubsub/pubsub-rendezvous.ts'
export type { RegistrationState } from './registration-keeper.ts'
export type {
  NamespaceInput,
  RegisterOptions,
  RegistrationOptions,
  RegistrationStatus,
  Rendezvous,
  RendezvousClientComponents,
  RendezvousClientInit,
  RendezvousEvents
} from './rendezvous.ts'
export { rendezvousClient } from './rendezvous-client.ts'
export { sealPeerRecord } from './seal-peer-record.ts'
export type { WatchOptions } from './watch-peers.ts'
