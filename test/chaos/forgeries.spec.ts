import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { beforeAll, describe, expect, it } from 'vitest'
import { PROTOCOLS } from '../conformance/protocols.ts'
import { sealRecord } from '../conformance/records.ts'
import {
  FORGERIES,
  FORGERY_KINDS,
  type ForgeryKind,
  type ForgeryMaterial,
  idOf
} from './forgeries.ts'
import { EnvelopeReader } from './read-envelope.ts'
import { RegistrationModel } from './registration-model.ts'

/** Of these the signature alone tells. */
const SEEN_BY_SIGNATURE: readonly ForgeryKind[] = [
  'signature altered',
  'payload altered',
  'signed by another key',
  "somebody else's id"
]

describe('a forged registration in an answer', () => {
  let material: ForgeryMaterial
  let honest: string

  beforeAll(async () => {
    const [forger, stranger, victim] = await Promise.all([
      generateKeyPair('Ed25519'),
      generateKeyPair('Ed25519'),
      generateKeyPair('Ed25519')
    ])
    const protocol = PROTOCOLS.waku

    honest = peerIdFromPrivateKey(victim).toString()
    material = {
      forger,
      stranger,
      protocol,
      stolen: { envelope: await sealRecord(victim, protocol), peerId: idOf(victim) }
    }
  })

  it('is told from an honest one', async () => {
    expect(await new EnvelopeReader().read(material.stolen.envelope)).toEqual({
      peer: honest,
      addresses: ['/ip4/192.0.2.1/tcp/60000']
    })
  })

  it.each(FORGERY_KINDS)('is seen as such: %s', async (kind) => {
    const { record } = await FORGERIES[kind](material)
    const read = await new EnvelopeReader().read(record)
    const model = new RegistrationModel({ ttlMs: 6000, graceMs: 2000, deadlineMs: 3000 })

    // Where the victim has not registered, or has left.
    const found = read == null ? [] : [{ peer: read.peer, version: 0 }]
    const findings = model.check('n', found, 0, 5).map(({ finding }) => finding)

    expect(read == null ? ['forged'] : findings).toEqual([
      SEEN_BY_SIGNATURE.includes(kind) ? 'forged' : 'invented'
    ])
  })
})
