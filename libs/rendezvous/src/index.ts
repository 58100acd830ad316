/**
 * The rendezvous domain: what a registration is, which requests are answered how, and what a store
 * must do. No I/O, no wire, no libp2p node.
 *
 * @example
 * ```ts
 * import {
 *   type DialectRules,
 *   PeerSession,
 *   type RegistrationStore,
 *   RendezvousService
 * } from '@rendezvous-cluster/rendezvous'
 *
 * async function whoIsIn(store: RegistrationStore, rules: DialectRules, peerId: Uint8Array) {
 *   const namespace = new TextEncoder().encode('news')
 *   const service = new RendezvousService({ store })
 *   const session = new PeerSession(peerId)
 *
 *   return service.handle({ type: 'discover', namespace }, { rules, session })
 * }
 * ```
 *
 * @packageDocumentation
 */
export * from './cluster-directory.ts'
export type { DialectRules, TtlBounds } from './dialect-rules.ts'
export { errorToResponse } from './error-to-response.ts'
export * from './errors.ts'
export { ipPrefixOf } from './ip-prefix.ts'
export * from './limits.ts'
export type * from './message.ts'
export { Namespace } from './namespace.ts'
export type { NamespacePolicy } from './namespace-policy.ts'
export type * from './node-figures.ts'
export { PeerSession } from './peer-session.ts'
export { encodeFields, type FieldValue, ProtobufFields } from './protobuf-fields.ts'
export { assertProtobufShape, type ProtobufShape } from './protobuf-shape.ts'
export {
  type LiveRegistration,
  type PagedRegistration,
  type Registration,
  remainingSeconds
} from './registration.ts'
export { CAPS_DEFAULT, type RegistrationCaps } from './registration-caps.ts'
export type * from './registration-store.ts'
export {
  type DiscoverAll,
  RendezvousService,
  type RendezvousServiceComponents,
  type RequestContext
} from './rendezvous-service.ts'
export {
  ResponseStatus,
  type ResponseStatusName,
  responseStatusName
} from './response-status.ts'
export { noServiceMetrics, type ServiceMetrics } from './service-metrics.ts'
export { encodePayload } from './signed-peer-record/encode-payload.ts'
export { kindOfEnvelope } from './signed-peer-record/kind-of-envelope.ts'
export { type MultiaddrPart, multiaddrParts } from './signed-peer-record/multiaddr-bytes.ts'
export {
  RECORD_KINDS,
  type RecordKind,
  type RecordKindRow,
  recordKindOfByte
} from './signed-peer-record/record-kind.ts'
export { isRsaKeyWithinLimits } from './signed-peer-record/rsa-limits.ts'
export {
  checkAddresses,
  type VerifiedPeerRecord,
  verifyPeerRecord
} from './signed-peer-record/verify-peer-record.ts'
export { type SignatureVerifier, verifySignature } from './signed-peer-record/verify-signature.ts'
export { isUtf8 } from './utf8.ts'
