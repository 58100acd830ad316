import { describe, expect, it } from 'vitest'
import { assertProtobufShape, type ProtobufShape } from '../src/index.ts'
import { fromHex } from './go-vectors.ts'

const SHAPE: ProtobufShape = { 1: 'int32', 2: 'integer', 3: 'bytes', 4: { 1: 'bytes' } }

const check = (hex: string): void => assertProtobufShape(fromHex(hex.replaceAll(' ', '')), SHAPE)

describe('a message has its shape', () => {
  it.each([
    ['with nothing in it', ''],
    ['with each of its fields', '08 01 10 ffffffffffffffffff01 1a 01 aa 22 02 0a 00'],
    [
      'with a number of 32 bits in five bytes, or negative in ten',
      '08 8080808008 08 ffffffffffffffffff01'
    ],
    ['with a number in more bytes than it needs', '10 818000'],
    ['with unknown fields of four and of eight bytes', '2d 00000000 31 0000000000000000'],
    ['with the highest field number there is', 'f8ffffff0f 01'],
    ['with a tag and a length in more bytes than they need', '9a80808000 8180808000 aa']
  ])('%s', (_what, hex) => {
    expect(() => check(hex)).not.toThrow()
  })
})

describe('a message has not its shape', () => {
  it.each([
    ['with a number where bytes belong', '18 01'],
    ['with a text where a number belongs', '0a 01 01'],
    ['with a group', '2b 2c'],
    ['that ends inside a field', '1a 02 aa'],
    ['that ends inside a number', '10 80'],
    ['whose nested message runs past its end', '22 02 0a 01 aa'],
    ['with a field of number zero', '02 00'],
    ['with a field number that is a known one but for its highest bits', '8880808010 01'],
    ['with a tag of six bytes', '8a8080808000 00'],
    ['with a length of six bytes', '1a 818080808000 aa'],
    ['with a number of eleven bytes', '10 8080808080808080808000'],
    ['with an unknown number of eleven bytes', '28 8080808080808080808000'],
    ['with a number of 32 bits in six bytes', '08 818080808000']
  ])('%s', (_what, hex) => {
    expect(() => check(hex)).toThrow()
  })
})
