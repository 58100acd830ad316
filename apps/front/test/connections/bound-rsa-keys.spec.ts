import crypto from 'node:crypto'
import type { NoiseComponents } from '@chainsafe/libp2p-noise'
import { generateKeyPair, publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { ConnectionEncrypter, PrivateKey } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect, it, onTestFinished, vi } from 'vitest'
import { boundedNoise } from '../../src/connections/bounded-noise.ts'
import { noiseCrypto } from '../../src/connections/noise-crypto.ts'
import { SILENT } from '../../src/libp2p-logger.ts'

const bounded = boundedNoise({ ...(await noiseCrypto()), muxer: '', onMalformed: () => {} })

/** An end of a connection. */
async function encrypterOf(privateKey?: PrivateKey): Promise<ConnectionEncrypter> {
  return bounded({
    privateKey: privateKey ?? (await generateKeyPair('Ed25519')),
    logger: { forComponent: () => SILENT },
    upgrader: { getStreamMuxers: () => new Map() }
  } as unknown as NoiseComponents)
}

/** Of a peer with an RSA key of so many bits. */
async function shakeHands(bits: 1024 | 2048) {
  const privateKey = await generateKeyPair('RSA', bits)
  const [dialer, listener] = multiaddrConnectionPair()
  const [inbound, outbound] = [await encrypterOf(), await encrypterOf(privateKey)]
  const secured = inbound.secureInbound(listener)

  await outbound.secureOutbound(dialer)

  return { privateKey, secured }
}

it('a peer with an RSA key within the limits shakes hands', async () => {
  const { privateKey, secured } = await shakeHands(2048)
  const { remotePeer } = await secured

  expect(remotePeer.publicKey?.equals(privateKey.publicKey)).toBe(true)
})

it('a peer with another RSA key does not, though its signature is right', async () => {
  const { secured } = await shakeHands(1024)

  await expect(secured).rejects.toThrow('Invalid payload signature')
})

it('nothing is computed with an exponent that is as long as the modulus', async () => {
  const createVerify = vi.spyOn(crypto, 'createVerify')
  const number = Buffer.alloc(384, 0xff)
  const key = crypto.createPublicKey({
    key: { kty: 'RSA', n: number.toString('base64url'), e: number.toString('base64url') },
    format: 'jwk'
  })

  onTestFinished(() => createVerify.mockRestore())

  const publicKey = publicKeyFromRaw(key.export({ type: 'spki', format: 'der' }))

  expect(await publicKey.verify(Buffer.from('what was signed'), number)).toBe(false)
  expect(createVerify).not.toHaveBeenCalled()
})
