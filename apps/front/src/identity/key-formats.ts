import {
  generateKeyPairFromSeed,
  privateKeyFromProtobuf,
  privateKeyFromRaw,
  privateKeyToProtobuf
} from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'

/** ECDSA, the last of libp2p's types of keys. */
const TYPE_MAX = 3

/** Writes a private key as text: libp2p's protobuf in base64, as kubo and js-libp2p keep it. */
export function formatPrivateKey(key: PrivateKey): string {
  return `${Buffer.from(privateKeyToProtobuf(key)).toString('base64')}\n`
}

/**
 * Reads a private key in any of the forms that are in use:
 *
 * - text: libp2p's protobuf in base64, as {@link formatPrivateKey} writes it
 * - text: 64 hex digits, a secp256k1 key as Waku nodes keep it
 * - bytes: the same protobuf, as Go and Rust programs write it
 * - 32 bytes: the seed of an Ed25519 key
 *
 * @throws Error with no part of the content in its message
 */
export async function parsePrivateKey(content: Uint8Array): Promise<PrivateKey> {
  const text = Buffer.from(content).toString('latin1').trim()

  try {
    if (/^(0x)?[0-9a-f]{64}$/i.test(text)) {
      return privateKeyFromRaw(Buffer.from(text.replace(/^0x/i, ''), 'hex'))
    }

    if (content.byteLength === 32) {
      return await generateKeyPairFromSeed('Ed25519', content)
    }

    if (isProtobuf(content)) {
      return privateKeyFromProtobuf(content)
    }

    if (/^[A-Za-z0-9+/]+=*$/.test(text)) {
      return privateKeyFromProtobuf(Buffer.from(text, 'base64'))
    }
  } catch {
    // The reason could quote the key.
  }

  throw new Error(
    'it holds no private key: neither libp2p’s protobuf, in bytes or in base64 as ' +
      '`rendezvous key generate` makes it, nor 64 hex digits (secp256k1), nor a seed of 32 bytes (Ed25519)'
  )
}

/** Whether it begins with a key's type and the tag of its data: a cluster's seed is random bytes. */
function isProtobuf([typeTag, type = Infinity, dataTag]: Uint8Array): boolean {
  return typeTag === 0x08 && type <= TYPE_MAX && dataTag === 0x12
}
