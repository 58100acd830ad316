import { hkdfSync } from 'node:crypto'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'

/** Least bytes of a cluster's seed. */
export const SEED_BYTES_MIN = 32

const SALT = 'rendezvous/peer-key/v1'

/**
 * The Ed25519 key of one node of a cluster: HKDF-SHA256 over the seed with a fixed salt and
 * `<cluster name>/<ordinal>` as info. The same for ever: published peer ids hang on it.
 *
 * @param seed - at least 32 random bytes, which are not checked here
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
export function deriveKey(
  seed: Uint8Array,
  clusterName: string,
  ordinal: number
): Promise<Ed25519PrivateKey> {
  const derived = hkdfSync('sha256', seed, SALT, `${clusterName}/${ordinal}`, 32)

  return generateKeyPairFromSeed('Ed25519', new Uint8Array(derived))
}
