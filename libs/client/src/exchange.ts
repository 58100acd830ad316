import type { AbortOptions, Stream, StreamMessageEvent } from '@libp2p/interface'
import type { Request } from '@rendezvous-cluster/rendezvous'
import {
  type ClientDialect,
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
  dialect: ClientDialect,
  request: Request,
  { signal }: AbortOptions = {}
): Promise<ReceivedResponse> {
  resetOnAbort(stream, signal)

  try {
    signal?.throwIfAborted()

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
    // The answer is here, or there will be none: how the stream ends changes nothing.
    stream.close({ signal }).catch(() => {})
  }
}

/**
 * Sends a request that has no response, and waits until the point has ended the stream: by then it has
 * read the request. How it ends says nothing: Go and Rust points reset it as a rule.
 *
 * @throws the signal's reason once it is aborted; the stream is then reset
 */
export async function sendOnly(
  stream: Stream,
  request: Uint8Array,
  { signal }: AbortOptions = {}
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()

  resetOnAbort(stream, signal)
  stream.addEventListener('end', () => resolve())
  stream.addEventListener('close', () => resolve())

  try {
    signal?.throwIfAborted()
    stream.send(request)
    await stream.close({ signal })
    await promise
  } finally {
    // That ends the stream as well, and any wait for it.
    signal?.throwIfAborted()
  }
}

/**
 * Also once there is an answer: a point that never ends its side of a stream would use up all that
 * a connection may have.
 */
function resetOnAbort(stream: Stream, signal: AbortSignal | undefined): void {
  const onAbort = (): void => stream.abort(signal?.reason)

  if (signal?.aborted === true) {
    onAbort()
  } else {
    signal?.addEventListener('abort', onAbort, { once: true })
    stream.addEventListener('close', () => signal?.removeEventListener('abort', onAbort))
  }
}

/** By events and not by iteration: that waits for ever on a stream that has ended already. */
async function readAnswer(stream: Stream, request: Uint8Array): Promise<Uint8Array> {
  const frames = new FrameDecoder(RECEIVED_FRAME_BYTES_MAX)
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()

  function onMessage({ data }: StreamMessageEvent): void {
    frames.append(data)

    try {
      const frame = frames.next()

      if (frame != null) {
        resolve(frame)
      }
    } catch (error) {
      reject(error)
    }
  }

  function onEnd(): void {
    const how =
      stream.status === 'open' ? 'closed the stream without an answer' : 'reset the stream'

    reject(new NoAnswerError(`the point ${how}`))
  }

  function send(): void {
    try {
      stream.send(request)
    } catch (cause) {
      // Not thrown: by now the events of the same failure may have rejected the promise.
      reject(new NoAnswerError('the point reset the stream', { cause }))
    }
  }

  stream.addEventListener('message', onMessage)
  stream.addEventListener('end', onEnd)
  stream.addEventListener('close', onEnd)

  try {
    if (stream.readableEnded) {
      onEnd()
    } else {
      send()
    }

    return await promise
  } finally {
    stream.removeEventListener('message', onMessage)
    stream.removeEventListener('end', onEnd)
    stream.removeEventListener('close', onEnd)
  }
}
