import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface'

/** Bytes that are read ahead of a handshake's end; a handshake itself takes some hundred. */
export const HANDSHAKE_BYTES_MAX = 32 * 1024

/** What libp2p's connections have beyond their interface: where a transport puts what it received. */
type ReceivingConnection = MultiaddrConnection & {
  onData?(data: { byteLength: number }): void
  readStatus?: string
}

/**
 * Stops reading from connections that send much before they have shaken hands, until they have.
 * Without a key anybody can do so, and libp2p looks at every byte of a length that does not end: a
 * few such connections would fill a core until their handshake times out. An honest peer that is
 * ready before us, and sends on, loses nothing.
 *
 * @param onHeldUp - told of each connection that is held up
 */
export function handshakeLimit(
  onHeldUp: () => void
): Pick<ConnectionGater, 'denyInboundConnection' | 'denyInboundUpgradedConnection'> {
  return {
    denyInboundConnection(connection: ReceivingConnection) {
      const { onData } = connection
      let bytes = 0

      connection.onData = (data) => {
        bytes += data.byteLength
        onData?.call(connection, data)

        if (bytes > HANDSHAKE_BYTES_MAX && connection.readStatus === 'readable') {
          connection.pause()
          onHeldUp()
        }
      }

      return false
    },

    denyInboundUpgradedConnection(_peerId, connection: ReceivingConnection) {
      // Uncovers the method of its class again.
      delete connection.onData

      if (connection.readStatus === 'paused') {
        connection.resume()
      }

      return false
    }
  }
}
