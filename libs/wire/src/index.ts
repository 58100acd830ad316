/**
 * Rendezvous on the wire: frames, and one dialect per protocol id.
 *
 * @example
 * ```ts
 * const frames = new FrameDecoder(REQUEST_FRAME_BYTES_MAX)
 * frames.append(chunk)
 * const frame = frames.next()
 * const request = frame && DIALECTS.waku.decodeRequest(frame)
 * ```
 *
 * @packageDocumentation
 */
export type { Dialect } from './dialect.ts'
export { DIALECTS, type DialectName } from './dialects.ts'
export { FrameDecoder } from './frame-decoder.ts'
export * from './frame-limits.ts'
export { MalformedMessageError } from './malformed-message-error.ts'
export type * from './received-response.ts'
