import { createHash, createPublicKey, verify as cryptoVerify, type KeyObject } from 'node:crypto'
import type { PublicKey } from '@libp2p/interface'
import { type SignatureVerifier, verifySignature } from '@rendezvous-cluster/rendezvous'

type Secp256k1 = typeof import('secp256k1')

/** Start of a compressed secp256k1 key in a SubjectPublicKeyInfo; the 33 bytes of the key follow. */
const SPKI_PREFIX = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex')

/**
 * Verifies signatures at a cost that no peer can use against us. libp2p's own secp256k1 is plain
 * JavaScript and takes over a millisecond, and Waku's identities are secp256k1: here it runs
 * natively, or in OpenSSL where no binary fits this machine.
 */
export async function nativeSignatures(): Promise<{
  verify: SignatureVerifier
  /** What verifies secp256k1, for the log. */
  secp256k1: 'native' | 'openssl'
}> {
  const native = await loadNative()

  return native == null
    ? { secp256k1: 'openssl', verify: opensslSignatures }
    : { secp256k1: 'native', verify: withSecp256k1(verifyNatively(native)) }
}

/** Verifies secp256k1 in OpenSSL, everything else as the key's own library does. */
export const opensslSignatures: SignatureVerifier = withSecp256k1(({ raw }, message, signature) =>
  cryptoVerify('sha256', message, toKeyObject(raw), signature)
)

function withSecp256k1(verifySecp256k1: SignatureVerifier): SignatureVerifier {
  return (publicKey, message, signature) =>
    publicKey.type === 'secp256k1'
      ? verifySecp256k1(publicKey, message, signature)
      : verifySignature(publicKey, message, signature)
}

/** The bindings alone: the package's own fallback is as slow as what is to be replaced. */
async function loadNative(): Promise<Secp256k1 | undefined> {
  try {
    // @ts-expect-error has no types of its own; they are the package's
    const bindings: { default: Secp256k1 } = await import('secp256k1/bindings.js')

    return bindings.default
  } catch {
    // No binary for this platform: OpenSSL serves.
    return undefined
  }
}

function verifyNatively(native: Secp256k1): SignatureVerifier {
  return ({ raw }: PublicKey, message, signature) => {
    const digest = createHash('sha256').update(message).digest()
    // Other libraries sign with a high S; that is the same signature written otherwise.
    const compact = native.signatureNormalize(native.signatureImport(signature))

    return native.ecdsaVerify(compact, digest, raw)
  }
}

function toKeyObject(compressed: Uint8Array): KeyObject {
  return createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, compressed]),
    format: 'der',
    type: 'spki'
  })
}
