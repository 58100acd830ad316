import { privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'

/** Writes a private key as text: libp2p's protobuf in base64, as kubo and js-libp2p keep it. */
export function formatPrivateKey(key: PrivateKey): string {
  return `${Buffer.from(privateKeyToProtobuf(key)).toString('base64')}\n`
}

/**
 * Reads what {@link formatPrivateKey} writes.
 *
 * @throws Error with no part of the text in its message
 */
export function parsePrivateKey(text: string): PrivateKey {
  const trimmed = text.trim()

  try {
    if (!/^[A-Za-z0-9+/]+=*$/.test(trimmed)) {
      throw new Error('not base64')
    }

    return privateKeyFromProtobuf(Buffer.from(trimmed, 'base64'))
  } catch {
    // The reason could quote the key.
    throw new Error('it holds no private key in base64, as `rendezvous key generate` makes it')
  }
}
