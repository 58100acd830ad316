import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { PointClient, RefusedError } from '@rendezvous-cluster/client'
import { nativeSignatures } from '@rendezvous-cluster/front'
import { ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { DIALECTS, type DialectName } from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'

export interface PeerNodeInit {
  /** Default: a new key. */
  privateKey?: PrivateKey
  /** Multiaddrs to listen on; default none. */
  listen?: string[]
}

/** A libp2p node for the time of one command. */
export async function createPeerNode({ privateKey, listen = [] }: PeerNodeInit): Promise<Libp2p> {
  return createLibp2p({
    privateKey,
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify({ runOnConnectionOpen: false }) }
  })
}

export interface AnyPointInit {
  node: Libp2p
  points: Multiaddr[]
  protocol: DialectName
  /** For each request, dialling included. */
  timeoutSeconds: number
  /** Ends all requests. */
  signal?: AbortSignal
}

/**
 * Asks points in their order until one gives an answer. A refusal is one too, unless the point is
 * in trouble itself.
 *
 * @throws what the last point failed with
 */
export async function askAnyPoint<T>(
  { node, points, protocol, timeoutSeconds, signal }: AnyPointInit,
  ask: (client: PointClient, options: { signal: AbortSignal }) => Promise<T>
): Promise<{ point: Multiaddr; answer: T }> {
  const dialect = DIALECTS[protocol]
  const { verify } = await nativeSignatures()
  let lastError: unknown

  for (const point of points) {
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000)
    const client = new PointClient({
      dialect,
      openStream: (options) => node.dialProtocol(point, dialect.protocol, options),
      verifySignature: verify
    })

    try {
      const any = signal == null ? timeout : AbortSignal.any([timeout, signal])

      return { point, answer: await ask(client, { signal: any }) }
    } catch (error) {
      signal?.throwIfAborted()

      if (error instanceof RefusedError) {
        // A point that has trouble of its own says nothing about the next one.
        if (error.status < ResponseStatus.E_INTERNAL_ERROR) {
          throw error
        }

        lastError = error
      } else {
        const reason = timeout.aborted ? `no answer in ${timeoutSeconds} s` : describe(error)

        lastError = new Error(`${point.toString()}: ${reason}`, { cause: error })
      }
    }
  }

  throw lastError
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) {
    return error.errors.map(describe).join(', ')
  }

  return error instanceof Error ? error.message : String(error)
}
