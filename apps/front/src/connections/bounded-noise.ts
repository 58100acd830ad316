import { type ICryptoInterface, type NoiseComponents, noise } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter, PrivateKey } from '@libp2p/interface'
import { boundNegotiation, type ReceivingConnection } from './bound-negotiation.ts'
import { boundRsaKeys } from './bound-rsa-keys.ts'

export interface BoundedNoiseInit {
  crypto: ICryptoInterface
  /** The only one that is served. */
  muxer: string
  /** Told of each connection that is ended since what it sends to agree on a muxer is out of bounds. */
  onMalformed: () => void
}

/** Noise, with bounds on the keys of peers, and on what they send to agree on a muxer. */
export function boundedNoise({
  crypto,
  muxer,
  onMalformed
}: BoundedNoiseInit): (components: NoiseComponents) => ConnectionEncrypter {
  boundRsaKeys()

  return (components) => {
    const encrypter = noise({ crypto })(withKeySigningOnce(components))
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

/** What a handshake signs is the one key that noise has for as long as the process runs. */
function withKeySigningOnce(components: NoiseComponents): NoiseComponents {
  const { privateKey } = components
  let last: { data: Uint8Array; signature: ReturnType<PrivateKey['sign']> } | undefined

  const sign: PrivateKey['sign'] = (data) => {
    const bytes = data.subarray()

    if (last == null || Buffer.compare(last.data, bytes) !== 0) {
      last = { data: bytes, signature: privateKey.sign(bytes) }
    }

    return last.signature
  }

  return Object.create(components, {
    privateKey: { value: { type: privateKey.type, publicKey: privateKey.publicKey, sign } }
  })
}
