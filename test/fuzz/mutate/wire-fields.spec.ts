import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../../libs/rendezvous/test/go-vectors.ts'
import { joinMessage, splitMessage, wireField, withValue } from './wire-fields.ts'

const split = (hex: string) => splitMessage(fromHex(hex.replaceAll(' ', '')))

describe('a message is cut into its fields', () => {
  it('with number, wire type and value of each', () => {
    const { fields, rest } = split('08 9601 12 02 aabb 2d 01020304 31 0102030405060708')

    expect(fields.map(({ number, wireType, value }) => [number, wireType, toHex(value)])).toEqual([
      [1, 0, '9601'],
      [2, 2, 'aabb'],
      [5, 5, '01020304'],
      [6, 1, '0102030405060708']
    ])
    expect(toHex(rest)).toBe('')
  })

  it('with a group as one, its fields and its end in it', () => {
    const { fields } = split('0b 08 01 13 14 0c 10 02')

    expect(fields.map(({ number, bytes }) => [number, toHex(bytes)])).toEqual([
      [1, '0b080113140c'],
      [2, '1002']
    ])
  })

  it('whatever form its numbers have', () => {
    expect(split('8a8000 8280808000 aabb').fields).toMatchObject([{ number: 1, wireType: 2 }])
  })

  it.each([
    ['ends inside a field', '0801 12 05 aa'],
    ['has a field of number zero', '0801 02 00'],
    ['ends inside a number', '0801 10 80'],
    ['has a tag of more than 32 bits', '0801 8880808010 01'],
    ['has a tag of six bytes', '0801 888080808000 01'],
    ['has a group that does not end', '0801 0b 08 01'],
    ['has a group that ends as another one', '0801 0b 14'],
    ['has the end of no group', '0801 0c'],
    ['has a wire type that there is not', '0801 0f 00']
  ])('up to where it %s', (_what, hex) => {
    const { fields, rest } = split(hex)

    expect(fields).toHaveLength(1)
    expect(toHex(rest)).toBe(hex.slice('0801 '.length).replaceAll(' ', ''))
  })

  it.each(['8a8000 01 aa 0801', '0801 12 05 aa', '0b 08 01 0c 0f', ''])(
    'and is the same again, joined: %s',
    (hex) => {
      expect(toHex(joinMessage(split(hex)))).toBe(hex.replaceAll(' ', ''))
    }
  )
})

describe('a field with another value', () => {
  it('has a length that fits', () => {
    expect(toHex(withValue(wireField(1, 2, fromHex('aa')), fromHex('bbcc')).bytes)).toBe('0a02bbcc')
  })

  it('is written as it was where the value is the same', () => {
    const [field] = split('0a 818000 aa').fields

    expect(toHex(withValue(field as never, fromHex('aa')).bytes)).toBe('0a818000aa')
  })
})
