import { FrameDecoder } from '@rendezvous-cluster/wire'
import { assertInvariant } from '../target.ts'

/** The message in bytes that are one frame. */
export function unframed(bytes: Uint8Array): Uint8Array {
  const decoder = new FrameDecoder(bytes.byteLength)

  decoder.append(bytes)

  const message = decoder.next()

  assertInvariant(message != null && decoder.bufferedBytes === 0, 'what is written is one frame')

  return message
}
