import type { ConnectionGater } from '@libp2p/interface'
import { boundNegotiation, type ReceivingConnection } from './bound-negotiation.ts'

/** Bytes that are read ahead of a handshake's end; a handshake itself takes some hundred. */
export const HANDSHAKE_BYTES_MAX = 32 * 1024

/** @see https://github.com/libp2p/specs/blob/master/noise/README.md */
const ENCRYPTION = '/noise'

export interface HandshakeLimitInit {
  /** Told of each connection that is held up. */
  onHeldUp: () => void
  /** Told of each connection that is ended since it does not agree on its encryption in order. */
  onMalformed: () => void
}

/**
 * Stops reading from connections that send much before they have shaken hands, until they have, and
 * ends those that do not begin in order: without a key anybody can send that. An honest peer that is
 * ready before us, and sends on, loses nothing.
 */
export function handshakeLimit({
  onHeldUp,
  onMalformed
}: HandshakeLimitInit): Pick<
  ConnectionGater,
  'denyInboundConnection' | 'denyInboundUpgradedConnection'
> {
  return {
    denyInboundConnection(inbound) {
      const connection = inbound as ReceivingConnection

      boundNegotiation(connection, ENCRYPTION, onMalformed)

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

    denyInboundUpgradedConnection(_peerId, inbound) {
      const connection = inbound as ReceivingConnection

      // Uncovers the method of its class again.
      delete connection.onData

      if (connection.readStatus === 'paused') {
        connection.resume()
      }

      return false
    }
  }
}
