import { type NoiseComponents, noise } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter } from '@libp2p/interface'
import { boundNegotiation, type ReceivingConnection } from './bound-negotiation.ts'

/**
 * Noise, with bounds on what an encrypted connection sends to agree on a muxer.
 *
 * @param muxer - the only one that is served
 * @param onMalformed - told of each connection that is ended since it does not
 */
export function boundedNoise(
  muxer: string,
  onMalformed: () => void
): (components: NoiseComponents) => ConnectionEncrypter {
  return (components) => {
    const encrypter = noise()(components)
    const secureInbound = encrypter.secureInbound.bind(encrypter)

    encrypter.secureInbound = async (connection, options) => {
      const secured = await secureInbound(connection, options)

      // Peers that know how have agreed on it within the handshake.
      if (secured.streamMuxer == null) {
        boundNegotiation(secured.connection as ReceivingConnection, muxer, onMalformed)
      }

      return secured
    }

    return encrypter
  }
}
