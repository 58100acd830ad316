import { randomBytes } from 'node:crypto'
import { pureJsCrypto } from '@chainsafe/libp2p-noise'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { noiseCrypto } from '../../src/connections/noise-crypto.ts'

const NONCE = new Uint8Array(12).fill(7)
const KEY = randomBytes(32)

/** Leaves nothing of any secret. */
const LOW_ORDER_POINT = new Uint8Array(32)

const { crypto, isNative } = await noiseCrypto()

it('what noise computes with is native on this platform', () => {
  expect(isNative).toBe(true)
})

describe('hashes', () => {
  it('are those of whoever computes them otherwise', () => {
    for (const text of [new Uint8Array(), randomBytes(100)]) {
      expect(Buffer.from(crypto.hashSHA256(text))).toEqual(
        Buffer.from(pureJsCrypto.hashSHA256(text))
      )
    }

    const inPieces = new Uint8ArrayList(KEY.subarray(0, 5), KEY.subarray(5))

    expect(crypto.hashSHA256(inPieces)).toEqual(crypto.hashSHA256(KEY))
  })

  it.each([0, 32])('that keys are made of are, from %i bytes', (bytes) => {
    const input = randomBytes(bytes)

    expect(crypto.getHKDF(KEY, input).map((key) => Buffer.from(key))).toEqual(
      pureJsCrypto.getHKDF(KEY, input).map((key) => Buffer.from(key))
    )
  })
})

describe('keys', () => {
  it('are shared with a peer that computes them otherwise', () => {
    const own = crypto.generateX25519KeyPair()
    const theirs = pureJsCrypto.generateX25519KeyPair()

    expect(Buffer.from(crypto.generateX25519SharedKey(own.privateKey, theirs.publicKey))).toEqual(
      Buffer.from(pureJsCrypto.generateX25519SharedKey(theirs.privateKey, own.publicKey))
    )
  })

  it('are those of their seed', () => {
    const seed = randomBytes(32)

    expect(Buffer.from(crypto.generateX25519KeyPairFromSeed(seed).publicKey)).toEqual(
      Buffer.from(pureJsCrypto.generateX25519KeyPairFromSeed(seed).publicKey)
    )
  })

  it('are not shared by a point of low order, nor by what is no point', () => {
    const { privateKey } = crypto.generateX25519KeyPair()

    expect(() => crypto.generateX25519SharedKey(privateKey, LOW_ORDER_POINT)).toThrow()
    expect(() => crypto.generateX25519SharedKey(privateKey, new Uint8Array(31))).toThrow()
  })
})

describe('messages', () => {
  it.each([0, 1, 64, 65_519])('of %i bytes are read by either, whoever wrote them', (bytes) => {
    const text = randomBytes(bytes)
    const additional = randomBytes(16)

    for (const [writer, reader] of [
      [crypto, pureJsCrypto],
      [pureJsCrypto, crypto]
    ] as const) {
      const sealed = writer.chaCha20Poly1305Encrypt(text, NONCE, additional, KEY)
      const read = reader.chaCha20Poly1305Decrypt(sealed.subarray(), NONCE, additional, KEY)

      expect(Buffer.from(read.subarray())).toEqual(text)
    }
  })

  it('are read and written in pieces too', () => {
    const text = randomBytes(100)
    const nothing = new Uint8Array()
    const inPieces = new Uint8ArrayList(text.subarray(0, 40), text.subarray(40))
    const sealed = crypto.chaCha20Poly1305Encrypt(inPieces, NONCE, nothing, KEY).subarray()
    const sealedInPieces = new Uint8ArrayList(sealed.subarray(0, 50), sealed.subarray(50))
    const read = crypto.chaCha20Poly1305Decrypt(sealedInPieces, NONCE, nothing, KEY)

    expect(Buffer.from(read.subarray())).toEqual(text)
  })

  it('that were changed, cut or sealed with another key are not read', () => {
    const nothing = new Uint8Array()
    const sealed = crypto.chaCha20Poly1305Encrypt(randomBytes(50), NONCE, nothing, KEY).subarray()
    const changed = Uint8Array.from(sealed)

    changed[3] = (changed[3] as number) ^ 1

    for (const [message, key] of [
      [changed, KEY],
      [sealed.subarray(0, 40), KEY],
      [sealed.subarray(0, 10), KEY],
      [nothing, KEY],
      [sealed, randomBytes(32)]
    ] as const) {
      expect(() => crypto.chaCha20Poly1305Decrypt(message, NONCE, nothing, key)).toThrow()
    }
  })

  it('hold back no memory but their own', () => {
    const sealed = crypto.chaCha20Poly1305Encrypt(randomBytes(50), NONCE, new Uint8Array(), KEY)

    expect(sealed.subarray().buffer.byteLength).toBe(66)
  })
})
