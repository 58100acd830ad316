import { expect, it } from 'vitest'
import type { RecordKind, VerifiedPeerRecord } from '../src/index.ts'
import { VerifiedEnvelopes } from '../src/signed-peer-record/verified-envelopes.ts'

const record = (seq: bigint): VerifiedPeerRecord => ({
  peerId: Uint8Array.of(1),
  seq,
  addresses: []
})

function envelopesOf(...firstBytes: number[]): VerifiedEnvelopes {
  const envelopes = new VerifiedEnvelopes()

  for (const byte of firstBytes) {
    envelopes.add(Uint8Array.of(byte, 0), 'peer-record', record(BigInt(byte)))
  }

  return envelopes
}

it('the same bytes again give the record they were verified as', () => {
  const envelopes = envelopesOf(1, 2)

  expect(envelopes.get(Uint8Array.of(1, 0), 'peer-record')).toEqual(record(1n))
  expect(envelopes.get(Uint8Array.of(2, 0), 'peer-record')).toEqual(record(2n))
})

it('four are kept', () => {
  const envelopes = envelopesOf(1, 2, 3, 4)

  for (const byte of [1, 2, 3, 4]) {
    expect(envelopes.get(Uint8Array.of(byte, 0), 'peer-record')).toBeDefined()
  }
})

it('the fifth takes the place of the oldest', () => {
  const envelopes = envelopesOf(1, 2, 3, 4, 5)

  expect(envelopes.get(Uint8Array.of(1, 0), 'peer-record')).toBeUndefined()

  for (const byte of [2, 3, 4, 5]) {
    expect(envelopes.get(Uint8Array.of(byte, 0), 'peer-record')).toBeDefined()
  }
})

it.for([
  { difference: 'another last byte', bytes: [1, 1] },
  { difference: 'another first byte', bytes: [2, 0] },
  { difference: 'a byte less', bytes: [1] },
  { difference: 'a byte more', bytes: [1, 0, 0] }
])('$difference is another envelope', ({ bytes }) => {
  expect(envelopesOf(1).get(Uint8Array.from(bytes), 'peer-record')).toBeUndefined()
})

it('the same bytes as another kind are another envelope', () => {
  const other = 'another-kind' as RecordKind

  expect(envelopesOf(1).get(Uint8Array.of(1, 0), other)).toBeUndefined()
})
