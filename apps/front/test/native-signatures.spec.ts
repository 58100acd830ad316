import { generateKeyPair } from '@libp2p/crypto/keys'
import { describe, expect, it } from 'vitest'
import { nativeSignatures, opensslSignatures } from '../src/native-signatures.ts'

const message = Buffer.from('what was signed')
const { verify } = await nativeSignatures()

describe.each([
  ['native', verify],
  ['openssl', opensslSignatures]
])('%s verification', (_name, verifySignature) => {
  describe.each(['Ed25519', 'secp256k1', 'RSA'] as const)('of %s', (type) => {
    it('accepts what the key signed and nothing else', async () => {
      const key = await generateKeyPair(type)
      const signature = await key.sign(message)
      const tampered = Uint8Array.from(signature)

      tampered[tampered.length - 1] = (tampered.at(-1) as number) ^ 1

      expect(await verifySignature(key.publicKey, message, signature)).toBe(true)
      expect(await verifySignature(key.publicKey, Buffer.from('other'), signature)).toBe(false)
      expect(await verifySignature(key.publicKey, message, tampered)).toBe(false)
    })
  })

  it('accepts a secp256k1 signature whose S is the high one of two', async () => {
    const key = await generateKeyPair('secp256k1')
    const signature = withHighS(await key.sign(message))

    expect(await verifySignature(key.publicKey, message, signature)).toBe(true)
  })

  it('takes garbage for no signature', async () => {
    const key = await generateKeyPair('secp256k1')

    for (const garbage of [
      Buffer.alloc(0),
      Buffer.alloc(70),
      Buffer.from('3006020101020101', 'hex')
    ]) {
      const verdict = (async () => verifySignature(key.publicKey, message, garbage))()

      expect(await verdict.catch(() => false)).toBe(false)
    }
  })
})

/** Platforms that the package has a binary for. */
const prebuilt = ['linux-x64', 'darwin-arm64', 'win32-x64']

it.runIf(prebuilt.includes(`${process.platform}-${process.arch}`))(
  'this platform verifies secp256k1 natively',
  async () => {
    expect((await nativeSignatures()).secp256k1).toBe('native')
  }
)

/** The same signature with S replaced by the group's order minus S, in DER. */
function withHighS(der: Uint8Array): Uint8Array {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const rLength = der[3] as number
  const r = der.subarray(4, 4 + rLength)
  const s = BigInt(`0x${Buffer.from(der.subarray(6 + rLength)).toString('hex')}`)
  const highS = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
  // A leading zero: DER integers are signed, and a high S has its first bit set.
  const integers = Buffer.concat([Buffer.of(2, rLength), r, Buffer.of(2, 33, 0), highS])

  return Buffer.concat([Buffer.of(0x30, integers.byteLength), integers])
}
