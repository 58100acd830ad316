import { createHash, createPublicKey } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { verifyPeerRecord } from '../src/index.ts'
import { bytesField, envelopeBytes, peerRecordBytes } from './seal-by-hand.ts'

interface RsaKey {
  name: string
  modulusBits: number
  exponent: bigint
}

/** An envelope of a key of any size. Its modulus is no product of primes: nothing verifies it. */
function rsaEnvelope({ modulusBits, exponent }: Omit<RsaKey, 'name'>): Uint8Array {
  const publicKey = createPublicKey({
    key: {
      kty: 'RSA',
      n: base64url(2n ** BigInt(modulusBits - 1) + 1n),
      e: base64url(exponent)
    },
    format: 'jwk'
  }).export({ type: 'spki', format: 'der' })
  const message = Buffer.concat([Buffer.of(0x08, 0x00), bytesField(2, publicKey)])
  const peerId = Buffer.concat([
    Buffer.of(0x12, 0x20),
    createHash('sha256').update(message).digest()
  ])

  return envelopeBytes({
    publicKey: message,
    payload: peerRecordBytes(peerId),
    signature: new Uint8Array(Math.ceil(modulusBits / 8))
  })
}

function base64url(number: bigint): string {
  const hex = number.toString(16)

  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}

const EXPONENT = 65_537n

describe('RSA keys', () => {
  it.for<RsaKey>([
    { name: '2048 bits', modulusBits: 2048, exponent: EXPONENT },
    // libp2p itself stops at 1061 bytes of key: 8192 bits leave an exponent of two bytes.
    { name: '8184 bits', modulusBits: 8184, exponent: EXPONENT },
    { name: '8192 bits and a short exponent', modulusBits: 8192, exponent: 3n },
    { name: 'an exponent of 32 bits', modulusBits: 2048, exponent: 2n ** 32n - 1n }
  ])('a key of $name is verified', async (key) => {
    const verify = vi.fn(() => true)

    await verifyPeerRecord(rsaEnvelope(key), 'peer-record', verify)

    expect(verify).toHaveBeenCalledOnce()
  })

  it.for<RsaKey>([
    { name: '1024 bits', modulusBits: 1024, exponent: EXPONENT },
    { name: '2047 bits', modulusBits: 2047, exponent: EXPONENT },
    { name: '8193 bits', modulusBits: 8193, exponent: 3n },
    { name: 'an exponent of 1', modulusBits: 2048, exponent: 1n },
    { name: 'an exponent of 33 bits', modulusBits: 2048, exponent: 2n ** 32n + 1n },
    { name: 'an exponent of 2048 bits', modulusBits: 2048, exponent: 2n ** 2047n + 1n }
  ])('a key of $name is refused before anything is verified', async (key) => {
    const verify = vi.fn(() => true)

    await expect(verifyPeerRecord(rsaEnvelope(key), 'peer-record', verify)).rejects.toThrow(
      'invalid peer record'
    )
    expect(verify).not.toHaveBeenCalled()
  })

  it('a verifier that says no, or throws, makes the record invalid', async () => {
    const bytes = rsaEnvelope({ modulusBits: 2048, exponent: EXPONENT })
    const throwing = (): boolean => {
      throw new Error('no signature at all')
    }

    for (const verify of [() => false, throwing]) {
      await expect(verifyPeerRecord(bytes, 'peer-record', verify)).rejects.toThrow(
        'invalid peer record'
      )
    }
  })
})
