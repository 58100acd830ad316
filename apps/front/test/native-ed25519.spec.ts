import { type NoiseComponents, noise } from '@chainsafe/libp2p-noise'
import { generateKeyPair, publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { ConnectionEncrypter, PrivateKey } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, it, vi } from 'vitest'
import { SILENT } from '../src/libp2p-logger.ts'
import { verifyEd25519Natively } from '../src/native-ed25519.ts'

const message = Buffer.from('what was signed')
const key = await generateKeyPair('Ed25519')
const signature = await key.sign(message)
const verifyOfLibp2p = key.publicKey.verify
const isNative = await verifyEd25519Natively()
const publicKey = publicKeyFromProtobuf(publicKeyToProtobuf(key.publicKey))

it('is in use on this platform, for keys that were there before too', () => {
  expect(isNative).toBe(true)
  expect(publicKey.verify).not.toBe(verifyOfLibp2p)
  expect(key.publicKey.verify).toBe(publicKey.verify)
})

it('accepts what the key signed, in pieces too, and nothing else', async () => {
  const pieces = new Uint8ArrayList(message.subarray(0, 4), message.subarray(4))
  const changed = Uint8Array.from(signature)

  changed[40] = (changed[40] as number) ^ 1

  expect(publicKey.verify(message, signature)).toBe(true)
  expect(publicKey.verify(pieces as unknown as Uint8Array, signature)).toBe(true)
  expect(publicKey.verify(message, changed)).toBe(false)
  expect(publicKey.verify(Buffer.from('other'), signature)).toBe(false)
  expect((await generateKeyPair('Ed25519')).publicKey.verify(message, signature)).toBe(false)
})

it('refuses a signature of another length', () => {
  expect(() => publicKey.verify(message, signature.subarray(1))).toThrow()
  expect(() => publicKey.verify(message, new Uint8Array())).toThrow()
})

it('is what noise verifies with', async () => {
  const verify = vi.spyOn(Object.getPrototypeOf(publicKey), 'verify')
  const [dialer, listener] = multiaddrConnectionPair()
  const [{ remotePeer }] = await Promise.all([
    noiseOf(await generateKeyPair('Ed25519')).secureInbound(listener),
    noiseOf(key).secureOutbound(dialer)
  ])

  expect(remotePeer.publicKey?.equals(key.publicKey)).toBe(true)
  expect(verify).toHaveBeenCalledTimes(2)
})

function noiseOf(privateKey: PrivateKey): ConnectionEncrypter {
  return noise()({
    privateKey,
    logger: { forComponent: () => SILENT },
    upgrader: { getStreamMuxers: () => new Map() }
  } as unknown as NoiseComponents)
}
