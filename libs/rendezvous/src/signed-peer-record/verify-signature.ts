import type { PublicKey } from '@libp2p/interface'

/** Whether `signature` is `publicKey`'s over `message`. May throw on bytes that are no signature at all. */
export type SignatureVerifier = (
  publicKey: PublicKey,
  message: Uint8Array,
  signature: Uint8Array
) => boolean | Promise<boolean>

/** Verifies by the key's own library. Its secp256k1 takes over a millisecond: a server injects a native one. */
export const verifySignature: SignatureVerifier = (publicKey, message, signature) =>
  publicKey.verify(message, signature)
