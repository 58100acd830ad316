import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import {
  ADDRESS_BYTES_MAX,
  checkAddresses,
  ENVELOPE_BYTES_MAX,
  InvalidPeerRecordError,
  verifyPeerRecord
} from '../src/index.ts'
import { fromHex, type GoEnvelope, goVectors, toHex, vectorNamed } from './go-vectors.ts'
import {
  ADDRESS,
  bytesField,
  envelopeBytes,
  joined,
  peerRecordBytes,
  sealAddresses,
  sealPayload
} from './seal-by-hand.ts'

const privateKey = await generateKeyPair('Ed25519')
const otherKey = await generateKeyPair('Ed25519')
const peerId = privateKey.publicKey.toMultihash().bytes
const sound = await sealPayload(privateKey, peerRecordBytes(peerId))
const soundBytes = envelopeBytes(sound)

/** go-libp2p has peer ids for ECDSA keys, js-libp2p has none. */
const isAccepted = ({ keyType, verifies }: GoEnvelope): boolean => verifies && keyType !== 'ecdsa'

const vectors = [...goVectors.envelopes, ...goVectors.invalidEnvelopes]

async function errorOf(bytes: Uint8Array): Promise<unknown> {
  return verifyPeerRecord(bytes, 'peer-record').catch((error: unknown) => error)
}

async function expectInvalid(bytes: Uint8Array): Promise<void> {
  const error = await errorOf(bytes)

  expect(error).toBeInstanceOf(InvalidPeerRecordError)
  expect(error).toMatchObject({ status: 101, message: 'invalid peer record' })
}

describe('envelopes made by Go', () => {
  it.for(vectors.filter(isAccepted))('$name: says its peer and addresses', async (vector) => {
    const record = await verifyPeerRecord(fromHex(vector.envelopeHex), 'peer-record')

    expect(toHex(record.peerId)).toBe(vector.peerIdHex)
    expect(record.seq).toBe(BigInt(vector.seq))
    expect(record.addresses.map((bytes) => multiaddr(bytes).toString())).toEqual(vector.multiaddrs)
  })

  it.for(vectors.filter((vector) => !isAccepted(vector)))('$name: is refused', async (vector) => {
    await expectInvalid(fromHex(vector.envelopeHex))
  })

  it('the vectors hold both kinds, and each key type', () => {
    expect(vectors.filter(isAccepted).map(({ keyType }) => keyType)).toEqual(
      expect.arrayContaining(['ed25519', 'secp256k1', 'rsa'])
    )
    expect(vectors.filter((vector) => !isAccepted(vector)).map(({ name }) => name)).toEqual([
      'wrong domain',
      'wrong payload type',
      'foreign key',
      'tampered payload',
      'tampered signature',
      'public key replaced',
      'cut short',
      'ecdsa key'
    ])
  })
})

describe('bounds on addresses', () => {
  const bounds: { name: string; error?: string }[] = [
    { name: 'no addresses', error: 'missing peer addresses' },
    { name: '32 addresses' },
    { name: '33 addresses', error: 'peer info too long' },
    { name: 'addresses of 2048 bytes' },
    { name: 'addresses of 2049 bytes', error: 'peer info too long' }
  ]

  it.for(bounds)('$name: $error', async ({ name, error }) => {
    const bytes = fromHex(vectorNamed(goVectors.invalidEnvelopes, name).envelopeHex)
    const record = await verifyPeerRecord(bytes, 'peer-record')

    if (error == null) {
      expect(() => checkAddresses(record)).not.toThrow()
    } else {
      expect(() => checkAddresses(record)).toThrow(new InvalidPeerRecordError(error))
    }
  })

  it('the vectors at the limit of bytes and one past it have so many bytes', async () => {
    const sums = await Promise.all(
      ['addresses of 2048 bytes', 'addresses of 2049 bytes'].map(async (name) => {
        const { envelopeHex } = vectorNamed(goVectors.invalidEnvelopes, name)
        const { addresses } = await verifyPeerRecord(fromHex(envelopeHex), 'peer-record')

        return addresses.reduce((sum, address) => sum + address.byteLength, 0)
      })
    )

    expect(sums).toEqual([ADDRESS_BYTES_MAX, ADDRESS_BYTES_MAX + 1])
  })

  it('an address that is no multiaddr makes the record invalid, also behind a good one', async () => {
    await expectInvalid(await sealAddresses(privateKey, [Buffer.from('192.0.2.1:60000')]))
    await expectInvalid(await sealAddresses(privateKey, [ADDRESS, Buffer.of(0x04, 192, 0)]))
  })

  it('an address of no bytes makes the record invalid', async () => {
    await expectInvalid(await sealAddresses(privateKey, [new Uint8Array()]))
  })
})

describe('the signing key', () => {
  it('is of the type that readers take it for, where it says two', async () => {
    const publicKey = joined([sound.publicKey, Uint8Array.of(0x08, 0x03)])
    const error = await errorOf(envelopeBytes({ ...sound, publicKey }))

    expect(error).toMatchObject({ cause: { message: 'no peer ids of this key type' } })
  })
})

describe('bounds on the envelope', () => {
  /** The sound envelope, made so long by an unknown field. */
  const padded = (length: number): Uint8Array =>
    joined([soundBytes, bytesField(99, new Uint8Array(length - soundBytes.byteLength - 4))])

  it('an envelope of the most bytes allowed is accepted', async () => {
    const bytes = padded(ENVELOPE_BYTES_MAX)

    expect(bytes.byteLength).toBe(4096)
    await expect(verifyPeerRecord(bytes, 'peer-record')).resolves.toMatchObject({ peerId })
  })

  it('a sound envelope of one byte more is too long', async () => {
    const error = await errorOf(padded(ENVELOPE_BYTES_MAX + 1))

    expect(error).toBeInstanceOf(InvalidPeerRecordError)
    expect(error).toMatchObject({ status: 101, message: 'peer info too long' })
  })

  it('an envelope that is too long and wrongly signed is invalid before it is too long', async () => {
    const bytes = padded(5000)
    const lastOfSignature = soundBytes.byteLength - 1

    await expectInvalid(bytes.with(lastOfSignature, 0xff))
  })

  it('no bytes at all are invalid', async () => {
    await expectInvalid(new Uint8Array())
  })
})

describe('the bytes around the known fields', () => {
  it('unknown fields ahead of and behind the known ones of the envelope change nothing', async () => {
    const unknown = bytesField(9, Buffer.from('from a newer version'))
    const bytes = joined([unknown, soundBytes, Buffer.of(0x50, 0x01), unknown])

    await expect(verifyPeerRecord(bytes, 'peer-record')).resolves.toMatchObject({ peerId })
  })

  it('unknown fields of the record are covered by the signature as they were sent', async () => {
    const payload = joined([peerRecordBytes(peerId), bytesField(9, Buffer.from('more'))])
    const bytes = envelopeBytes(await sealPayload(privateKey, payload))

    await expect(verifyPeerRecord(bytes, 'peer-record')).resolves.toMatchObject({ peerId })
  })

  it('bytes behind the envelope that are no field are invalid', async () => {
    await expectInvalid(joined([soundBytes, Buffer.of(0x0a, 0xff)]))
  })

  it.for([
    { field: 'public key', wrong: { publicKey: 8 } },
    { field: 'payload', wrong: { payload: 8 * 3 } },
    { field: 'signature', wrong: { signature: 8 * 5 } }
  ])('a $field under the tag of a number is invalid, as it is to Go', async ({ wrong }) => {
    const bytes = Buffer.from(soundBytes)
    const [[part, tag]] = Object.entries(wrong) as [[keyof typeof sound, number]]
    const offset = bytes.indexOf(Buffer.from(sound[part])) - (sound[part].byteLength < 128 ? 2 : 3)

    expect(bytes[offset]).toBe(tag + 2)
    bytes[offset] = tag

    await expectInvalid(bytes)
  })

  it('an address that runs past its own length is invalid, as it is to Go', async () => {
    const [address] = [bytesField(1, ADDRESS.bytes)]
    const payload = joined([bytesField(1, peerId), Uint8Array.of(0x1a, 1), address])

    await expectInvalid(envelopeBytes(await sealPayload(privateKey, payload)))
  })

  it('a record that runs past the end of its payload is invalid', async () => {
    const payload = joined([peerRecordBytes(peerId), Buffer.of(0x4a, 10)])

    await expectInvalid(envelopeBytes(await sealPayload(privateKey, payload)))
  })
})

describe('whose record it is', () => {
  it('a record of a peer that another key signed is invalid', async () => {
    await expectInvalid(envelopeBytes(await sealPayload(otherKey, peerRecordBytes(peerId))))
  })

  it('another key beside the same signature is invalid', async () => {
    const { publicKey } = await sealPayload(otherKey, new Uint8Array())

    await expectInvalid(envelopeBytes({ ...sound, publicKey }))
  })

  it.for(['publicKey', 'payload', 'signature'] as const)(
    'without its %s it is invalid',
    async (part) => {
      await expectInvalid(envelopeBytes({ ...sound, [part]: new Uint8Array() }))
    }
  )

  it('the reason stays in the cause and out of the message', async () => {
    const error = (await errorOf(new Uint8Array())) as Error

    expect(error.message).toBe('invalid peer record')
    expect(error.cause).toBeInstanceOf(Error)
  })
})
