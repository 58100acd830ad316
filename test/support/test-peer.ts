import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Libp2p, PrivateKey, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '@rendezvous-cluster/client'
import {
  DIALECTS,
  FrameDecoder,
  RECEIVED_FRAME_BYTES_MAX,
  type ReceivedResponse
} from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'

/** How a stream ended: the other side closed it, or reset it. */
export type StreamEnd = 'closed' | 'reset'

/** A stream on which a test writes any bytes and reads what comes back. */
export interface RawStream {
  stream: Stream
  send(bytes: Uint8Array): void
  /** The next response, or how the stream ended instead. */
  next(): Promise<ReceivedResponse | StreamEnd>
  /** Half-closes: no more requests. */
  closeWrite(): Promise<void>
}

/** A peer of its own key over a real connection, for tests that look at bytes. */
export interface TestPeer {
  node: Libp2p
  privateKey: PrivateKey
  /** A signed record of this peer. */
  seal(addresses?: string[]): Promise<Uint8Array>
  open(point: Multiaddr): Promise<RawStream>
  stop(): Promise<void>
}

const { waku } = DIALECTS

export async function createTestPeer(key?: PrivateKey): Promise<TestPeer> {
  const privateKey = key ?? (await generateKeyPair('Ed25519'))
  const node = await createLibp2p({
    privateKey,
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false }
  })

  return {
    node,
    privateKey,
    seal: (addresses = ['/ip4/127.0.0.1/tcp/4001']) =>
      sealPeerRecord(
        privateKey,
        addresses.map((address) => multiaddr(address))
      ),
    open: async (point) => rawStream(await node.dialProtocol(point, waku.protocol)),
    stop: async () => node.stop()
  }
}

function rawStream(stream: Stream): RawStream {
  const frames = new FrameDecoder(RECEIVED_FRAME_BYTES_MAX)
  let ended: StreamEnd | undefined
  let wake: () => void = () => {}

  stream.addEventListener('message', ({ data }) => {
    frames.append(data)
    wake()
  })
  stream.addEventListener('end', () => {
    // A reset ends the stream too, ahead of its 'close'.
    ended ??= stream.status === 'reset' ? 'reset' : 'closed'
    wake()
  })
  stream.addEventListener('close', ({ error }) => {
    ended ??= error == null ? 'closed' : 'reset'
    wake()
  })

  return {
    stream,
    send: (bytes) => void stream.send(bytes),
    closeWrite: () => stream.close(),
    async next() {
      for (;;) {
        const frame = frames.next()

        if (frame != null) {
          return waku.decodeResponse(frame)
        }

        if (ended != null) {
          return ended
        }

        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }
}
