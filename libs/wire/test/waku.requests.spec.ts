import type { Request } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import {
  fromHex,
  type GoRequest,
  goVectors,
  toHex,
  vectorNamed
} from '../../rendezvous/test/go-vectors.ts'
import { DIALECTS, FrameDecoder, MalformedMessageError } from '../src/index.ts'

const { waku } = DIALECTS

/** What the issue wants reset: unknown and response types, a DISCOVER without body, no UTF-8. */
const MALFORMED = [
  'register with a namespace that is not UTF-8',
  'discover with nil body',
  'register response as a request',
  'discover response as a request',
  'unknown type 4'
]

const isMalformed = ({ name }: GoRequest): boolean => MALFORMED.includes(name)
const readable = goVectors.requests.filter((vector) => !isMalformed(vector))

/** Go drops zeros: its empty text, no bytes and 0 are the same as nothing. */
function withoutZeros(request: Request): object {
  return Object.fromEntries(
    Object.entries(request).filter(
      ([, value]) => value !== undefined && value !== 0n && value.byteLength !== 0
    )
  )
}

function expectedOf({ fields }: GoRequest): object {
  const { type, register, discover } = fields ?? {}
  const { ns = '' } = register ?? discover ?? {}

  return withoutZeros({
    type: type === 2 ? 'discover' : 'register',
    namespace: new Uint8Array(Buffer.from(ns)),
    ...(type === 2
      ? { limit: BigInt(discover?.limit ?? 0) }
      : {
          signedPeerRecord: fromHex(register?.signedPeerRecord ?? ''),
          ttl: BigInt(register?.ttl ?? 0)
        })
  } as Request)
}

/** Our frame without its length prefix. */
function unframed(framed: Uint8Array): Uint8Array {
  const frames = new FrameDecoder(framed.byteLength)

  frames.append(framed)

  return frames.next() as Uint8Array
}

describe('requests made by Go', () => {
  it.for(readable)('$name: is read', (vector) => {
    const request = waku.decodeRequest(fromHex(vector.hex))

    expect(withoutZeros(request)).toEqual(expectedOf(vector))
  })

  it.for(goVectors.requests.filter(isMalformed))('$name: is malformed', ({ hex }) => {
    expect(() => waku.decodeRequest(fromHex(hex))).toThrow(MalformedMessageError)
  })

  it('the vectors hold all that has to be malformed', () => {
    expect(goVectors.requests.filter(isMalformed).map(({ name }) => name)).toEqual(MALFORMED)
  })

  it('a register with nil body, no bytes at all, is a REGISTER of nothing', () => {
    const { hex } = vectorNamed(goVectors.requests, 'register with nil body')

    expect(hex).toBe('')
    expect(waku.decodeRequest(new Uint8Array())).toEqual({ type: 'register' })
  })

  it('an empty record is told from an absent one', () => {
    const [empty, absent] = ['register with an empty record', 'register without record'].map(
      (name) => waku.decodeRequest(fromHex(vectorNamed(goVectors.requests, name).hex))
    )

    expect(empty).toHaveProperty('signedPeerRecord', new Uint8Array())
    expect(absent).toHaveProperty('signedPeerRecord', undefined)
  })

  it.for(readable)('$name: we write what Go reads the same', (vector) => {
    const request = waku.decodeRequest(fromHex(vector.hex))

    expect(waku.decodeRequest(unframed(waku.encodeRequest(request)))).toEqual(request)
  })

  const explicit = readable.filter(({ name }) => /^discover with limit/.test(name))

  it.for(explicit)('$name: we write the same bytes, as all fields are explicit', (vector) => {
    const request = waku.decodeRequest(fromHex(vector.hex))

    expect(toHex(waku.encodeRequest(request))).toBe(vector.framedHex)
  })

  it.for(readable.filter(({ fields }) => fields?.register?.ttl !== undefined))(
    '$name: our bytes are Go’s behind a type of zero',
    (vector) => {
      const request = waku.decodeRequest(fromHex(vector.hex))

      expect(toHex(unframed(waku.encodeRequest(request)))).toBe(`0800${vector.hex}`)
    }
  )
})

describe('requests that no library writes', () => {
  it.for([
    { name: 'a varint that does not end', hex: '08ff' },
    { name: 'a length past the end', hex: '12ff0f0a01' },
    { name: 'bytes that are no field', hex: 'ffffffffff' },
    { name: 'a negative type', hex: '08ffffffffffffffffff01' },
    { name: 'a DISCOVER with the body of a REGISTER', hex: '080212030a0161' },
    { name: 'a body that runs past its own length', hex: '080222020a0161' },
    { name: 'a body under the tag of a number', hex: '080220030a0161' },
    { name: 'a namespace under the tag of a number', hex: '08022203080161' },
    { name: 'a DISCOVER of a namespace that is not UTF-8', hex: '080222030a01ff' },
    { name: 'a DISCOVER of half a surrogate pair', hex: '080222050a03eda080' },
    { name: 'a DISCOVER of an overlong encoding', hex: '080222040a02c080' }
  ])('$name: is malformed', ({ hex }) => {
    expect(() => waku.decodeRequest(fromHex(hex))).toThrow(MalformedMessageError)
  })

  it('unknown fields are skipped', () => {
    const request = waku.decodeRequest(fromHex('a20601ff080222060a0161a80601a80601'))

    expect(request).toMatchObject({ type: 'discover', namespace: Uint8Array.of(0x61) })
  })

  it.for([
    ['ffffffffffffffff7f', 2n ** 63n - 1n],
    ['ffffffffffffffffff01', -1n],
    ['80808080808080808001', -(2n ** 63n)]
  ] as const)('the varint %s is the int64 %s, as ttl and as limit', ([varint, number]) => {
    const value = fromHex(varint)
    const length = (value.byteLength + 1).toString(16).padStart(2, '0')
    const register = waku.decodeRequest(fromHex(`0800 12${length} 18${varint}`.replaceAll(' ', '')))
    const discover = waku.decodeRequest(fromHex(`0802 22${length} 10${varint}`.replaceAll(' ', '')))

    expect(register).toHaveProperty('ttl', number)
    expect(discover).toHaveProperty('limit', number)
  })

  it.for([2n ** 63n - 1n, -1n, -(2n ** 63n)])('we write the int64 %s as it is', (number) => {
    const register: Request = { type: 'register', ttl: number }
    const discover: Request = { type: 'discover', limit: number }

    expect(waku.decodeRequest(unframed(waku.encodeRequest(register)))).toEqual(register)
    expect(waku.decodeRequest(unframed(waku.encodeRequest(discover)))).toEqual(discover)
  })
})
