import type { Connection, Stream } from '@libp2p/interface'
import { DIALECTS, FrameDecoder, RECEIVED_FRAME_BYTES_MAX } from '@rendezvous-cluster/wire'

/** A stream of the first dialect, of whose answers nothing is read but where they end. */
export interface HostileStream {
  stream: Stream
  /** Sends, and resolves once an answer is whole. Rejects when the stream ends instead. */
  ask(request: Uint8Array): Promise<void>
}

export async function openStream(connection: Connection): Promise<HostileStream> {
  const stream = await connection.newStream(DIALECTS.waku.protocol)
  const frames = new FrameDecoder(RECEIVED_FRAME_BYTES_MAX)
  let answered = Promise.withResolvers<void>()

  stream.addEventListener('message', ({ data }) => {
    frames.append(data)

    while (frames.next() != null) {
      answered.resolve()
    }
  })
  stream.addEventListener('close', () => answered.reject(new Error('the stream has ended')))

  return {
    stream,
    async ask(request) {
      answered = Promise.withResolvers()
      stream.send(request)
      await answered.promise
    }
  }
}
