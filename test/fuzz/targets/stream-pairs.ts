import { yamux } from '@chainsafe/libp2p-yamux'
import type { Stream, StreamMuxer } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'

/** Streams of one connection; then comes another one, so that nothing of it grows for ever. */
const STREAMS_PER_CONNECTION = 500

/** Opens yamux streams, both ends of which are here: real windows, no network. */
export class StreamPairs {
  #peer?: StreamMuxer
  #point?: StreamMuxer
  #opened = 0

  async open(): Promise<{ peer: Stream; point: Stream }> {
    if (this.#opened % STREAMS_PER_CONNECTION === 0 || this.#peer?.status !== 'open') {
      this.#connect()
    }

    this.#opened++

    const arrival = Promise.withResolvers<Stream>()

    this.#point?.addEventListener('stream', ({ detail }) => arrival.resolve(detail), {
      once: true
    })

    const peer = await (this.#peer as StreamMuxer).createStream()

    return { peer, point: await arrival.promise }
  }

  #connect(): void {
    const [outbound, inbound] = multiaddrConnectionPair({ delay: 0, capacity: 1000 })
    const factory = yamux({ enableKeepAlive: false })()

    this.#peer?.abort(new Error('its turn is over'))
    this.#peer = factory.createStreamMuxer(outbound)
    this.#point = factory.createStreamMuxer(inbound)
  }
}
