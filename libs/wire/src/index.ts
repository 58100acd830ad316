/**
 * Rendezvous on the wire: frames, and one dialect per protocol id.
 *
 * @example
 * ```ts
 * import { DIALECTS, FrameDecoder, REQUEST_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'
 *
 * const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)
 *
 * export function onData(chunk: Uint8Array): void {
 *   frames.append(chunk)
 *
 *   for (let frame = frames.next(); frame != null; frame = frames.next()) {
 *     console.log(DIALECTS.waku.decodeRequest(frame))
 *   }
 * }
 * ```
 *
 * @packageDocumentation
 */
export { CLIENT_DIALECTS, type DialectName } from './client-dialects.ts'
export type { ClientDialect, Dialect } from './dialect.ts'
export { DIALECTS } from './dialects.ts'
export { encodeFrame } from './encode-frame.ts'
export type { EncodedResponse } from './encoded-response.ts'
export { FrameDecoder } from './frame-decoder.ts'
export * from './frame-limits.ts'
export { HeldMemory, type Pieces } from './held-memory.ts'
export { MalformedMessageError } from './malformed-message-error.ts'
export type * from './received-response.ts'
