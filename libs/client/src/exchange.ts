import type { AbortOptions, Stream } from '@libp2p/interface'
import type { Request } from '@rendezvous-cluster/rendezvous'
import {
  type Dialect,
  FrameDecoder,
  MalformedMessageError,
  RECEIVED_FRAME_BYTES_MAX,
  type ReceivedResponse
} from '@rendezvous-cluster/wire'
import { NoAnswerError } from './errors.ts'

/**
 * Sends one request on a fresh stream and reads its response. The stream is closed afterwards:
 * some servers answer only once on each.
 *
 * @throws NoAnswerError when the point ends the stream first or sends no response
 * @throws the signal's reason once it is aborted; the stream is then reset
 */
export async function exchange(
  stream: Stream,
  dialect: Dialect,
  request: Request,
  { signal }: AbortOptions = {}
): Promise<ReceivedResponse> {
  const onAbort = (): void => stream.abort(signal?.reason)

  signal?.throwIfAborted()
  signal?.addEventListener('abort', onAbort, { once: true })

  try {
    const frame = dialect.encodeRequest(request)

    return dialect.decodeResponse(await readAnswer(stream, frame))
  } catch (error) {
    signal?.throwIfAborted()

    if (error instanceof MalformedMessageError) {
      stream.abort(error)

      throw new NoAnswerError('the point sent something that is no response', { cause: error })
    }

    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // The answer is here, or there will be none: how the stream ends changes nothing.
    stream.close({ signal }).catch(() => {})
  }
}

async function readAnswer(stream: Stream, request: Uint8Array): Promise<Uint8Array> {
  const frames = new FrameDecoder(RECEIVED_FRAME_BYTES_MAX)

  try {
    stream.send(request)

    for await (const chunk of stream) {
      frames.append(chunk)

      const frame = frames.next()

      if (frame != null) {
        return frame
      }
    }
  } catch (cause) {
    if (cause instanceof MalformedMessageError) {
      throw cause
    }

    throw new NoAnswerError('the point reset the stream', { cause })
  }

  throw new NoAnswerError('the point closed the stream without an answer')
}
