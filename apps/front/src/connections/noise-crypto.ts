import type { ICryptoInterface } from '@chainsafe/libp2p-noise'
import { defaultCrypto } from '@chainsafe/libp2p-noise/crypto'

/** What is used of the package `sodium-native`. What is given first is written to. */
interface Sodium {
  /** @throws Error where the point is one of those that leave nothing of the secret */
  crypto_scalarmult(shared: Uint8Array, secret: Uint8Array, point: Uint8Array): void
  crypto_scalarmult_base(publicKey: Uint8Array, secret: Uint8Array): void
  randombytes_buf(random: Uint8Array): void
  crypto_aead_chacha20poly1305_ietf_encrypt(
    ciphertext: Uint8Array,
    plaintext: Uint8Array,
    additional: Uint8Array,
    unused: null,
    nonce: Uint8Array,
    key: Uint8Array
  ): void
  /** @throws Error where it was not encrypted like that */
  crypto_aead_chacha20poly1305_ietf_decrypt(
    plaintext: Uint8Array,
    unused: null,
    ciphertext: Uint8Array,
    additional: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array
  ): void
}

const KEY_BYTES = 32
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

async function loadSodium(): Promise<Sodium | undefined> {
  try {
    // @ts-expect-error has no types of its own
    const { default: sodium }: { default: Sodium } = await import('sodium-native')

    return sodium
  } catch {
    // No binary for this platform.
    return undefined
  }
}

function sodiumCrypto(sodium: Sodium): ICryptoInterface {
  function keyPairOf(privateKey: Uint8Array) {
    const publicKey = new Uint8Array(KEY_BYTES)

    sodium.crypto_scalarmult_base(publicKey, privateKey)

    return { publicKey, privateKey }
  }

  return {
    ...defaultCrypto,
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
