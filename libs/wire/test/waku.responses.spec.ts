import { ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import { fromHex, type GoResponse, goVectors, toHex } from '../../rendezvous/test/go-vectors.ts'
import { WakuMessage } from '../src/dialects/waku/generated/waku.ts'
import {
  DIALECTS,
  FrameDecoder,
  MalformedMessageError,
  type ReceivedResponse
} from '../src/index.ts'

const { waku } = DIALECTS
const NS = Uint8Array.of(0x6e, 0x73)
const NAMESPACE = new Uint8Array(Buffer.from('/waku/2/default'))

/** A response as Go states it; zeros that Go does not write read as absent ttl. */
function expectedOf({ fields }: GoResponse): ReceivedResponse {
  const { registerResponse, discoverResponse } = fields

  if (registerResponse != null) {
    const { status, statusText, ttl } = registerResponse

    return { type: 'register', status, statusText, ttl: ttl === '0' ? undefined : BigInt(ttl) }
  }

  if (discoverResponse == null) {
    throw new Error('a response of neither type')
  }

  const { status, statusText, registrations } = discoverResponse

  return {
    type: 'discover',
    status,
    statusText,
    registrations: registrations.map(({ ns, signedPeerRecord, ttl }) => ({
      namespace: new Uint8Array(Buffer.from(ns)),
      signedPeerRecord: fromHex(signedPeerRecord),
      ttl: BigInt(ttl)
    }))
  }
}

/** The one frame in these bytes, its length prefix taken off. */
function unframed(framed: Uint8Array): Uint8Array {
  const frames = new FrameDecoder(framed.byteLength)

  frames.append(framed)
  const frame = frames.next()

  expect(frames.bufferedBytes).toBe(0)

  return frame as Uint8Array
}

describe('responses made by Go', () => {
  it.for(goVectors.responses)('$name: is read', (vector) => {
    expect(waku.decodeResponse(fromHex(vector.hex))).toEqual(expectedOf(vector))
    expect(waku.decodeResponse(unframed(fromHex(vector.framedHex)))).toEqual(expectedOf(vector))
  })
})

describe('what is no response', () => {
  it.for([
    { name: 'nothing', hex: '' },
    { name: 'a request', hex: '080222030a0161' },
    { name: 'a REGISTER_RESPONSE without body', hex: '0801' },
    { name: 'a DISCOVER_RESPONSE without body', hex: '0803' },
    { name: 'a REGISTER_RESPONSE with the body of a DISCOVER_RESPONSE', hex: '08012a00' },
    { name: 'a body without a type', hex: '1a021814' },
    { name: 'an unknown type', hex: '08041a00' },
    { name: 'bytes that are no message', hex: 'ff' }
  ])('$name: is malformed', ({ hex }) => {
    expect(() => waku.decodeResponse(fromHex(hex))).toThrow(MalformedMessageError)
  })

  it('a status that only a newer point knows is read as its number', () => {
    expect(waku.decodeResponse(fromHex('08011a0308f403'))).toMatchObject({ status: 500 })
  })

  it.for([
    ['14', 20n],
    ['ffffffffffffffff7f', 2n ** 63n - 1n],
    ['ffffffffffffffffff01', -1n]
  ] as const)('a lifetime of the varint %s is %s', ([varint, ttl]) => {
    const body = `18${varint}`
    const length = (body.length / 2).toString(16).padStart(2, '0')

    expect(waku.decodeResponse(fromHex(`08011a${length}${body}`))).toMatchObject({ ttl })
  })
})

describe('our responses, byte by byte', () => {
  it('REGISTER_RESPONSE OK: type, status 0 and ttl are explicit', () => {
    const { frame: bytes } = waku.encodeResponse({
      type: 'register',
      status: ResponseStatus.OK,
      statusText: '',
      ttlSeconds: 20
    })

    // length 8; type 1; field 3 of 4 bytes: status 0, ttl 20
    expect(toHex(bytes)).toBe('0808011a0408001814')
  })

  it('REGISTER_RESPONSE of an error: status and text, no ttl', () => {
    const { frame: bytes } = waku.encodeResponse({
      type: 'register',
      status: ResponseStatus.E_INVALID_TTL,
      statusText: 'bad ttl',
      ttlSeconds: 0
    })

    // length 15; type 1; field 3 of 11 bytes: status 102, text of 7 bytes
    expect(toHex(bytes)).toBe('0f08011a0b086612076261642074746c')
  })

  it('DISCOVER_RESPONSE of none: status 0 is explicit', () => {
    const { frame: bytes } = waku.encodeResponse({
      type: 'discover',
      status: ResponseStatus.OK,
      statusText: '',
      namespace: NAMESPACE,
      registrations: []
    })

    // length 6; type 3; field 5 of 2 bytes: status 0
    expect(toHex(bytes)).toBe('0608032a021800')
  })

  it('DISCOVER_RESPONSE of an error: status of two bytes and text', () => {
    const { frame: bytes } = waku.encodeResponse({
      type: 'discover',
      status: ResponseStatus.E_UNAVAILABLE,
      statusText: 'later',
      namespace: NAMESPACE,
      registrations: []
    })

    // length 14; type 3; field 5 of 10 bytes: status 400, text of 5 bytes
    expect(toHex(bytes)).toBe('0e08032a0a18900322056c61746572')
  })

  it('DISCOVER_RESPONSE of two: namespace, record and ttl of each, then status 0', () => {
    const { frame: bytes } = waku.encodeResponse({
      type: 'discover',
      status: ResponseStatus.OK,
      statusText: '',
      namespace: NS,
      registrations: [
        { namespace: NS, record: Uint8Array.of(0xaa), ttlSeconds: 20 },
        { namespace: NS, record: Uint8Array.of(0xbb, 0xcc), ttlSeconds: 300 }
      ]
    })

    expect(toHex(bytes)).toBe(
      [
        '1e 08 03 2a 1a',
        // 9 bytes: namespace "ns", record aa, ttl 20
        '0a 09 0a 02 6e73 12 01 aa 18 14',
        // 11 bytes: namespace "ns", record bbcc, ttl 300
        '0a 0b 0a 02 6e73 12 02 bbcc 18 ac02',
        '18 00'
      ]
        .join('')
        .replaceAll(' ', '')
    )
  })

  it('a DISCOVER_RESPONSE of real records is to a plain decoder what went in', () => {
    const registrations = goVectors.envelopes.map(({ envelopeHex }, index) => ({
      namespace: NAMESPACE,
      record: fromHex(envelopeHex),
      ttlSeconds: index + 1
    }))
    const { frame: bytes } = waku.encodeResponse({
      type: 'discover',
      status: ResponseStatus.OK,
      statusText: '',
      namespace: NAMESPACE,
      registrations
    })

    expect(WakuMessage.decode(unframed(bytes))).toEqual({
      type: WakuMessage.MessageType.DISCOVER_RESPONSE,
      discoverResponse: {
        status: 0,
        registrations: registrations.map(({ record, ttlSeconds }) => ({
          ns: NAMESPACE,
          signedPeerRecord: record,
          ttl: BigInt(ttlSeconds)
        }))
      }
    })
  })
})
