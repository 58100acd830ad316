import type { AbortOptions, Connection, Stream } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import type { SignatureVerifier } from '@rendezvous-cluster/rendezvous'
import type { ClientDialect } from '@rendezvous-cluster/wire'
import { PointClient } from '../point-client.ts'
import type { Point } from './point.ts'

/** Some points end their side of a stream late: libp2p's own limit of 64 is soon reached then. */
const OUTBOUND_STREAMS_MAX = 512

export interface PointConnector {
  connectionManager: ConnectionManager
  /** What is spoken, what is wanted most first. */
  dialects: readonly ClientDialect[]
  verifySignature?: SignatureVerifier
}

/** Requests to a point over one connection. */
export interface ConnectedPoint {
  point: Point
  client: PointClient
  connection: Connection
}

/**
 * Connects to a point, unless that has been done, and finds out which dialect it speaks.
 *
 * @throws what dialling or negotiating failed with
 */
export async function connectToPoint(
  point: Point,
  { connectionManager, dialects, verifySignature }: PointConnector,
  options: AbortOptions
): Promise<ConnectedPoint> {
  const connection = await connectionManager.openConnection(point.multiaddrs, options)
  let negotiated: Stream | undefined

  if (point.dialect == null) {
    const protocols = dialects.map(({ protocol }) => protocol)

    // The point takes the first that it knows. The first request then has its stream already.
    negotiated = await openStream(connection, protocols, options)
    point.dialect = dialects.find(({ protocol }) => protocol === negotiated?.protocol)
  }

  const dialect = point.dialect as ClientDialect
  const client = new PointClient({
    dialect,
    verifySignature,
    openStream: async (options) => {
      const unused = negotiated

      negotiated = undefined

      // Points end streams that nobody asks on.
      return unused?.status === 'open' && unused.remoteWriteStatus === 'writable'
        ? unused
        : openStream(connection, [dialect.protocol], options)
    }
  })

  return { point, client, connection }
}

function openStream(
  connection: Connection,
  protocols: string[],
  options: AbortOptions
): Promise<Stream> {
  // A point may be behind a relay, and a request is small.
  return connection.newStream(protocols, {
    ...options,
    maxOutboundStreams: OUTBOUND_STREAMS_MAX,
    runOnLimitedConnection: true
  })
}
