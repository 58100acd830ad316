import { generateKeyPair } from '@libp2p/crypto/keys'
import { RecordEnvelope } from '@libp2p/peer-record'
import { describe, expect, it } from 'vitest'
import {
  encodePayload,
  kindOfEnvelope,
  RECORD_KINDS,
  type RecordKind,
  verifyPeerRecord
} from '../src/index.ts'

const KINDS = Object.keys(RECORD_KINDS) as [RecordKind, ...RecordKind[]]
const privateKey = await generateKeyPair('Ed25519')
const peerId = privateKey.publicKey.toMultihash().bytes
const address = Uint8Array.of(4, 192, 0, 2, 1, 6, 0x0f, 0xa1)

/** Sealed by libp2p, of any kind. */
async function seal(kind: RecordKind, mixKey?: Uint8Array): Promise<Uint8Array> {
  const { domain, payloadType: codec } = RECORD_KINDS[kind]
  const payload = encodePayload({ peerId, seq: 7n, addresses: [address] }, kind, mixKey)
  const record = { domain, codec, marshal: () => payload, equals: () => false }

  return (await RecordEnvelope.seal(record, privateKey)).marshal()
}

describe('the kind of a record', () => {
  it.each(KINDS)('%s is told by its payload type', async (kind) => {
    expect(kindOfEnvelope(await seal(kind), KINDS)).toBe(kind)
  })

  it.each(KINDS)('%s verifies as what it is, and as nothing else', async (kind) => {
    const envelope = await seal(kind)

    expect(await verifyPeerRecord(envelope, kind)).toEqual({
      peerId,
      seq: 7n,
      addresses: [address]
    })

    for (const other of KINDS.filter((one) => one !== kind)) {
      await expect(verifyPeerRecord(envelope, other)).rejects.toThrow('invalid peer record')
    }
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['bytes that are no envelope', Uint8Array.of(0xff, 0xff)],
    ['another payload type', Uint8Array.of(0x12, 0x01, 0x07)]
  ])('of %s is taken to be the first', (_name, bytes) => {
    expect(kindOfEnvelope(bytes, ['waku-peer-record', 'peer-record'])).toBe('waku-peer-record')
  })

  it.each([
    ['bytes', Uint8Array.of(0xff, 0x00, 0x80)],
    ['hex text', Buffer.from('ff0080')],
    ['nothing', new Uint8Array()]
  ])('waku-peer-record takes a mix key of %s', async (_name, mixKey) => {
    const record = await verifyPeerRecord(
      await seal('waku-peer-record', mixKey),
      'waku-peer-record'
    )

    expect(record.addresses).toEqual([address])
  })
})
