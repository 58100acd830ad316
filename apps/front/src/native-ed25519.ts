import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PublicKey } from '@libp2p/interface'
import { loadSodium } from './load-sodium.ts'

/** Of any point: only its class is looked at. */
const SOME_KEY = Uint8Array.of(1, ...new Uint8Array(31))

/**
 * Lets libsodium verify for all Ed25519 keys of libp2p in this process, where its binary fits this
 * machine. libp2p's own reads the key from JSON each time, and takes 2.5 times as long; noise, which
 * verifies a peer's key in each handshake, can be given no other.
 *
 * @returns whether it does
 */
export async function verifyEd25519Natively(): Promise<boolean> {
  const sodium = await loadSodium()

  if (sodium == null) {
    return false
  }

  const ofAllKeys: Pick<PublicKey, 'verify'> = Object.getPrototypeOf(publicKeyFromRaw(SOME_KEY))

  ofAllKeys.verify = function (this: PublicKey, message, signature, options) {
    options?.signal?.throwIfAborted()

    return sodium.crypto_sign_verify_detached(signature, message.subarray(), this.raw)
  }

  return true
}
