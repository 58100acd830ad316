import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { RSAPublicKey } from '@libp2p/interface'
import { isRsaKeyWithinLimits } from '@rendezvous-cluster/rendezvous'

/** A SubjectPublicKeyInfo, modulus and exponent 1: only the class of the key is looked at. */
const SOME_KEY = Buffer.from('301a300d06092a864886f70d01010105000309003006020101020101', 'hex')

const ofAllKeys: Pick<RSAPublicKey, 'verify'> = Object.getPrototypeOf(publicKeyFromRaw(SOME_KEY))
const { verify } = ofAllKeys

/**
 * Lets no RSA key of libp2p verify anything in this process that is outside of the limits: with an exponent as
 * long as the modulus it takes milliseconds. Noise verifies with the key that a peer sends, whatever it is.
 */
export function boundRsaKeys(): void {
  ofAllKeys.verify = function (this: RSAPublicKey, message, signature, options) {
    return isRsaKeyWithinLimits(this) && verify.call(this, message, signature, options)
  }
}
