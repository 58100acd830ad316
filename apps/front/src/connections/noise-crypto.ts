import { createSecretKey, hkdfSync } from 'node:crypto'
import type { ICryptoInterface } from '@chainsafe/libp2p-noise'
import { defaultCrypto } from '@chainsafe/libp2p-noise/crypto'
import { loadSodium, type Sodium } from '../load-sodium.ts'

const KEY_BYTES = 32
const HASH_BYTES = 32
const TAG_BYTES = 16

/**
 * What noise computes with: libsodium, or what comes with noise where no binary fits this machine. A
 * handshake is the dearest that a stranger can cause, and nearly all of it is this.
 */
export async function noiseCrypto(): Promise<{ crypto: ICryptoInterface; isNative: boolean }> {
  const sodium = await loadSodium()

  return sodium == null
    ? { crypto: defaultCrypto, isNative: false }
    : { crypto: sodiumCrypto(sodium), isNative: true }
}

function sodiumCrypto(sodium: Sodium): ICryptoInterface {
  function keyPairOf(privateKey: Uint8Array) {
    const publicKey = new Uint8Array(KEY_BYTES)

    sodium.crypto_scalarmult_base(publicKey, privateKey)

    return { publicKey, privateKey }
  }

  return {
    hashSHA256(data) {
      const digest = new Uint8Array(HASH_BYTES)

      sodium.crypto_hash_sha256(digest, data.subarray())

      return digest
    },
    getHKDF(chainingKey, inputKey) {
      // Of bytes Node finds out that they are no key object by an error, which takes longer than all else here.
      const key = createSecretKey(inputKey)
      const output = new Uint8Array(hkdfSync('sha256', key, chainingKey, '', 3 * HASH_BYTES))
      const part = (index: number) => output.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)

      return [part(0), part(1), part(2)]
    },
    generateX25519KeyPair() {
      const privateKey = new Uint8Array(KEY_BYTES)

      sodium.randombytes_buf(privateKey)

      return keyPairOf(privateKey)
    },
    generateX25519KeyPairFromSeed: (seed) => keyPairOf(seed),
    generateX25519SharedKey(privateKey, publicKey) {
      const shared = new Uint8Array(KEY_BYTES)

      sodium.crypto_scalarmult(shared, privateKey.subarray(), publicKey.subarray())

      return shared
    },
    chaCha20Poly1305Encrypt(plaintext, nonce, additional, key) {
      const ciphertext = bytesOfItsOwn(plaintext.byteLength + TAG_BYTES)

      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
        ciphertext,
        plaintext.subarray(),
        additional,
        null,
        nonce,
        key
      )

      return ciphertext
    },
    chaCha20Poly1305Decrypt(ciphertext, nonce, additional, key, into) {
      if (ciphertext.byteLength < TAG_BYTES) {
        throw new RangeError('shorter than its tag')
      }

      const plaintext = into ?? bytesOfItsOwn(ciphertext.byteLength - TAG_BYTES)

      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
        plaintext,
        null,
        ciphertext.subarray(),
        additional,
        nonce,
        key
      )

      return plaintext
    }
  }
}

/** Not of a pool, all of which it would hold back while it waits. */
function bytesOfItsOwn(count: number): Uint8Array {
  return Buffer.allocUnsafeSlow(count)
}
