import { describe, expect, it } from 'vitest'
import { unpackMembers } from '../src/redis/packed-members.ts'

const HEADER_BYTES = 32

describe('what scripts answer of registrations', () => {
  it('is put together, whatever the lengths of peers and records', () => {
    const lengths = [0, 31, 32, 255, 256, 65_535, 65_536]
    const peers = lengths.map((length) => Buffer.alloc(length, 1))
    const records = lengths.map((length, index) => storedRecord(length, index))

    expect(
      unpackMembers(packed(peers), packed(records)).map(({ peerKey, record, ...rest }) => ({
        ...rest,
        lengths: [peerKey.length, record.byteLength]
      }))
    ).toEqual(
      lengths.map((length, index) => ({
        expiresAtMs: 1000 + index,
        sequence: index,
        lengths: [length, length]
      }))
    )
  })

  it('may be arrays of more than fifteen', () => {
    const peers = Array.from({ length: 300 }, (_, index) => Buffer.from(`peer ${index}`))
    const records = peers.map((_, index) => storedRecord(1, index))
    const members = unpackMembers(packed(peers), packed(records))

    expect(members).toHaveLength(300)
    expect(members.at(-1)).toMatchObject({ peerKey: 'peer 299', sequence: 299 })
  })

  it('may be without a record for a peer', () => {
    const peers = ['a', 'b', 'c'].map((peer) => Buffer.from(peer))

    expect(
      unpackMembers(packed(peers), packed([storedRecord(1, 7), undefined, storedRecord(1, 9)])).map(
        ({ peerKey, sequence }) => [peerKey, sequence]
      )
    ).toEqual([
      ['a', 7],
      ['c', 9]
    ])
  })

  it('may be nothing', () => {
    expect(unpackMembers(Buffer.alloc(0), Buffer.alloc(0))).toEqual([])
  })

  it.each([
    ['no array', Buffer.from([0x80])],
    ['no string', Buffer.from([0x91, 0x01])],
    ['without its second element', Buffer.from([0x92, 0xa1, 0x61])],
    ['cut off within an element', Buffer.from([0x92, 0xa1, 0x61, 0xa5, 0x61])],
    ['of fewer peers than records', Buffer.from([0x91, 0xa1, 0x61])]
  ])('is refused where it is %s', (_, peers) => {
    expect(() => unpackMembers(peers, packed([storedRecord(1, 1), storedRecord(1, 2)]))).toThrow()
  })
})

function storedRecord(length: number, sequence: number): Buffer {
  const stored = Buffer.alloc(HEADER_BYTES + length)

  stored.writeDoubleBE(1000 + sequence, 0)
  stored.writeDoubleBE(sequence, 8)

  return stored
}

/** As `cmsgpack.pack` does; `undefined` stands for `false`. */
function packed(strings: readonly (Buffer | undefined)[]): Buffer {
  const length = strings.length
  const head = length < 16 ? [0x90 | length] : [0xdc, length >> 8, length & 0xff]

  return Buffer.concat([
    Buffer.from(head),
    ...strings.flatMap((bytes) => (bytes == null ? [Buffer.from([0xc2])] : packedString(bytes)))
  ])
}

function packedString(bytes: Buffer): Buffer[] {
  const { byteLength } = bytes
  const head = Buffer.alloc(5)

  if (byteLength < 32) {
    return [Buffer.from([0xa0 | byteLength]), bytes]
  }

  if (byteLength < 256) {
    return [Buffer.from([0xd9, byteLength]), bytes]
  }

  if (byteLength < 65_536) {
    head.writeUInt16BE(byteLength, 1)
    head[0] = 0xda

    return [head.subarray(0, 3), bytes]
  }

  head.writeUInt32BE(byteLength, 1)
  head[0] = 0xdb

  return [head, bytes]
}
