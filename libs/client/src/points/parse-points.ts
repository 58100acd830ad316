import { InvalidParametersError, type PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P, isMultiaddr, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Point, PointSource } from './point.ts'

/**
 * Points by their addresses: several of one peer id are one point.
 *
 * @throws InvalidParametersError without addresses, or naming one that is none
 */
export function parsePoints(addresses: readonly (string | Multiaddr)[]): Point[] {
  const points = new Map<string, Point>()

  for (const address of addresses) {
    const parsed = parseAddress(address)
    const peerId = pointPeerId(parsed)
    const key = peerId?.toString() ?? parsed.toString()
    const point = points.get(key)

    if (point == null) {
      points.set(key, createPoint({ key, peerId, multiaddrs: [parsed], source: 'configured' }))
    } else {
      point.multiaddrs.push(parsed)
    }
  }

  if (points.size === 0) {
    throw new InvalidParametersError('points: give at least one multiaddr of a rendezvous point')
  }

  return [...points.values()]
}

export function createPoint(init: {
  key: string
  peerId?: PeerId
  multiaddrs: Multiaddr[]
  source: PointSource
}): Point {
  return { ...init, failures: 0, retryAtMs: 0, invalidRegistrations: 0 }
}

function parseAddress(address: string | Multiaddr): Multiaddr {
  try {
    return isMultiaddr(address) ? address : multiaddr(address)
  } catch (cause) {
    throw new InvalidParametersError(
      `points: ${JSON.stringify(address)} is no multiaddr such as ` +
        `/dns4/rendezvous.example.org/tcp/60000/p2p/12D3… (${(cause as Error).message})`
    )
  }
}

/** The last one: a point behind a relay has the relay's before its own. */
function pointPeerId(address: Multiaddr): PeerId | undefined {
  const id = address.getComponents().findLast(({ code }) => code === CODE_P2P)?.value

  return id == null ? undefined : peerIdFromString(id)
}
