import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface'

/** Most bytes a peer may send until its connection is ready. A handshake takes some hundred. */
const HANDSHAKE_BYTES_MAX = 32 * 1024

/** What libp2p's connections have beyond their interface: where a transport puts what it received. */
type ReceivingConnection = MultiaddrConnection & { onData?(data: { byteLength: number }): void }

/**
 * Ends connections that send much before they have shaken hands. Without a key anybody can do so,
 * and libp2p looks at every byte of a length that does not end: a few such connections fill a core
 * until their handshake times out.
 *
 * @param onExceeded - told of each connection ended
 */
export function handshakeLimit(
  onExceeded: () => void
): Pick<ConnectionGater, 'denyInboundConnection' | 'denyInboundUpgradedConnection'> {
  return {
    denyInboundConnection(connection: ReceivingConnection) {
      const { onData } = connection
      let bytes = 0

      connection.onData = (data) => {
        bytes += data.byteLength

        if (bytes > HANDSHAKE_BYTES_MAX) {
          delete connection.onData
          onExceeded()
          connection.abort(
            new Error(`more than ${HANDSHAKE_BYTES_MAX} bytes ahead of the handshake`)
          )
        } else {
          onData?.call(connection, data)
        }
      }

      return false
    },

    denyInboundUpgradedConnection(_peerId, connection: ReceivingConnection) {
      // Uncovers the method of its class again.
      delete connection.onData

      return false
    }
  }
}
