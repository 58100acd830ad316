/**
 * Rendezvous client for js-libp2p.
 *
 * @example
 * ```ts
 * const dialect = DIALECTS.waku
 * const client = new PointClient({
 *   dialect,
 *   openStream: (options) => node.dialProtocol(point, dialect.protocol, options)
 * })
 * const peers = await client.discover({ namespace: Namespace.fromText('news') })
 * ```
 *
 * @packageDocumentation
 */
export type { DiscoveredPeer } from './discovered-peers.ts'
export { NoAnswerError, RefusedError } from './errors.ts'
export { PointClient, type PointClientInit } from './point-client.ts'
export { sealPeerRecord } from './seal-peer-record.ts'
