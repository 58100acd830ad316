import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFields, ProtobufFields } from '../src/index.ts'
import { fromHex, toHex } from './go-vectors.ts'

describe('a message that is written', () => {
  it('has its fields in order, zeros too, and nothing of what is undefined', () => {
    const message = encodeFields([
      [1, 0n],
      [2, new Uint8Array()],
      [3, undefined],
      [16, Uint8Array.of(0xaa)]
    ])

    expect(toHex(message)).toBe('0800120082' + '0101aa')
  })

  it.each([
    ['ffffffffffffffffff01', -1n],
    ['ffffffff07', 2n ** 31n - 1n],
    ['8080808008', 2n ** 31n],
    ['ffffffff0f', 2n ** 32n - 1n],
    ['8080808010', 2n ** 32n],
    ['ffffffffffffffffff01', 2n ** 64n - 1n]
  ])('has as %s the integer %s, a negative one as its 64 bits', (varint, number) => {
    expect(toHex(encodeFields([[1, number]]))).toBe(`08${varint}`)
  })

  it('is what a reader reads again, whatever the integer', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: 0, max: 64 }), (bits, less) => {
        const number = bits >> BigInt(less)

        expect(new ProtobufFields(encodeFields([[1, number]])).integer(1)).toBe(number)
      }),
      { numRuns: 2000 }
    )
  })
})

describe('a message that is read', () => {
  it('has of a field the last value, and all of them', () => {
    const message = new ProtobufFields(fromHex('0a01610a0162'))

    expect(message.bytes(1)).toEqual(Uint8Array.of(0x62))
    expect(message.allBytes(1)).toEqual([Uint8Array.of(0x61), Uint8Array.of(0x62)])
  })

  it('has nothing of fields that are not there', () => {
    const message = new ProtobufFields(new Uint8Array())

    expect(message.integer(1)).toBeUndefined()
    expect(message.bytes(1)).toBeUndefined()
    expect(message.text(1)).toBeUndefined()
    expect(message.message(1)).toBeUndefined()
    expect(message.messages(1)).toEqual([])
  })

  it('may have as many values of a field as are allowed, and no more', () => {
    expect(() => new ProtobufFields(fromHex('0a000a001200'), 2)).not.toThrow()
    expect(() => new ProtobufFields(fromHex('0a000a000a00'), 2)).toThrow(RangeError)
  })

  it('is read past fields of 4 and of 8 bytes', () => {
    const message = new ProtobufFields(fromHex('2d00000000' + '310000000000000000' + '0805'))

    expect(message.integer(1)).toBe(5n)
  })

  it('has texts whole, also where they begin with a byte order mark', () => {
    const message = new ProtobufFields(fromHex('0a04efbbbf61'))

    expect(message.text(1)).toBe('\ufeffa')
  })
})
