import type { RSAPublicKey } from '@libp2p/interface'
import { fromString as uint8ArrayFromString } from 'uint8arrays/from-string'
import { RSA_EXPONENT_BITS_MAX, RSA_MODULUS_BITS_MAX, RSA_MODULUS_BITS_MIN } from '../limits.ts'

/** Whether one verification with this key stays cheap: the cost grows with modulus and exponent. */
export function isRsaKeyWithinLimits({ jwk }: RSAPublicKey): boolean {
  const modulusBits = bitLength(jwk.n)
  const exponentBits = bitLength(jwk.e)

  return (
    modulusBits >= RSA_MODULUS_BITS_MIN &&
    modulusBits <= RSA_MODULUS_BITS_MAX &&
    exponentBits > 1 &&
    exponentBits <= RSA_EXPONENT_BITS_MAX
  )
}

/** Bits of an unsigned big-endian number in base64url, leading zeros not counted. */
function bitLength(base64url: string | undefined): number {
  const bytes = uint8ArrayFromString(base64url ?? '', 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)

  if (first === -1) {
    return 0
  }

  return (bytes.byteLength - first) * 8 - (Math.clz32(bytes[first] as number) - 24)
}
