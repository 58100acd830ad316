import type { SignatureVerifier } from '@rendezvous-cluster/rendezvous'

/** Signatures remembered before all are forgotten. */
const REMEMBERED_MAX = 10_000

/**
 * Verifies each signature once for all peers of this process: hundreds of them find each other
 * every few seconds, and would verify the same few hundred records again and again.
 */
export function rememberSignatures(verify: SignatureVerifier): SignatureVerifier {
  const known = new Map<string, boolean>()

  return async (publicKey, message, signature) => {
    const { raw } = publicKey
    const bytes = Buffer.concat([raw, signature, message]).toString('latin1')
    const key = `${raw.length} ${signature.length} ${bytes}`
    const result = known.get(key) ?? (await verify(publicKey, message, signature))

    if (known.size >= REMEMBERED_MAX) {
      known.clear()
    }

    known.set(key, result)

    return result
  }
}
