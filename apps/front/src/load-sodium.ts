/** What is used of the package `sodium-native`. What is given first is written to. */
export interface Sodium {
  /** @throws Error where the point is one of those that leave nothing of the secret */
  crypto_scalarmult(shared: Uint8Array, secret: Uint8Array, point: Uint8Array): void
  crypto_scalarmult_base(publicKey: Uint8Array, secret: Uint8Array): void
  randombytes_buf(random: Uint8Array): void
  crypto_hash_sha256(digest: Uint8Array, message: Uint8Array): void
  /** @throws Error where the signature or the key is not as long as one */
  crypto_sign_verify_detached(
    signature: Uint8Array,
    message: Uint8Array,
    publicKey: Uint8Array
  ): boolean
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

/** @returns undefined where no binary of libsodium fits this machine */
export async function loadSodium(): Promise<Sodium | undefined> {
  try {
    // @ts-expect-error has no types of its own
    const { default: sodium }: { default: Sodium } = await import('sodium-native')

    return sodium
  } catch {
    return undefined
  }
}
