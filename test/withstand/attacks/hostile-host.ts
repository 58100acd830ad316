import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type {
  Connection,
  MultiaddrConnection,
  PrivateKey,
  StreamMuxerFactory
} from '@libp2p/interface'
import { type TCPSocketOptions, tcp } from '@libp2p/tcp'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { sealPeerRecord } from '@rendezvous-cluster/client'
import { createLibp2p } from 'libp2p'
import { RawMuxer } from './raw-muxer.ts'

/** A machine of an attacker's: one address, one peer id, and as many connections as it gets. */
export interface HostileHost {
  readonly privateKey: PrivateKey
  /** A connection whose streams are libp2p's. */
  connect(): Promise<Connection>
  /** A record of its own, with so many addresses. */
  seal(addresses?: number): Promise<Uint8Array>
}

/** As {@link HostileHost}, with connections on which the attack writes the muxer's frames itself. */
export interface RawHost {
  connect(): Promise<RawConnection>
}

export interface RawConnection {
  muxer: RawMuxer
  /** Resolves once either side has ended it. */
  ended: Promise<void>
  giveUp(): void
}

export async function createHostileHost(
  point: Multiaddr,
  localAddress: string
): Promise<HostileHost> {
  const { privateKey, dial } = await createNode(point, localAddress, yamux()())

  return {
    privateKey,
    connect: dial,
    seal: (addresses = 1) =>
      sealPeerRecord(
        privateKey,
        Array.from({ length: addresses }, (_, index) =>
          multiaddr(`/ip4/198.51.100.${index % 250}/tcp/${4000 + index}`)
        )
      )
  }
}

export async function createRawHost(point: Multiaddr, localAddress: string): Promise<RawHost> {
  let latest: RawMuxer | undefined
  const { dial } = await createNode(point, localAddress, {
    protocol: '/yamux/1.0.0',
    createStreamMuxer(connection: MultiaddrConnection) {
      latest = new RawMuxer(connection)

      return latest
    }
  })

  return {
    async connect() {
      const connection = await dial()
      const ended = new Promise<void>((resolve) => {
        connection.addEventListener('close', () => resolve(), { once: true })
      })

      return {
        muxer: latest as RawMuxer,
        ended,
        giveUp: () => connection.abort(new Error('given up'))
      }
    }
  }
}

async function createNode(point: Multiaddr, localAddress: string, muxer: StreamMuxerFactory) {
  const privateKey = await generateKeyPair('Ed25519')
  const node = await createLibp2p({
    privateKey,
    addresses: { listen: [] },
    transports: [
      // Node takes more options than libp2p's types tell.
      tcp({ dialOpts: { localAddress } as TCPSocketOptions })
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [() => muxer],
    connectionMonitor: { enabled: false },
    connectionManager: { maxConnections: 10_000, dialTimeout: 10_000 }
  })
  let dialled: Promise<unknown> = Promise.resolve()

  return {
    privateKey,
    /** One after the other: libp2p joins dials to one peer that are under way at the same time. */
    dial(): Promise<Connection> {
      const dial = dialled.then(() => node.dial(point, { force: true }))

      dialled = dial.catch(() => {})

      return dial
    }
  }
}
