import { type FoundRegistration, ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import {
  DIALECTS,
  FrameDecoder,
  MalformedMessageError,
  RESPONSE_FRAME_BYTES_MAX,
  type ReceivedDiscoverResponse
} from '../src/index.ts'

const { libp2p, waku1 } = DIALECTS
const NS = Uint8Array.of(0x6e, 0x73)
const CURSOR = 0x0102030405060

const fromHex = (hex: string): Uint8Array =>
  new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function unframed(bytes: Uint8Array): Uint8Array {
  const frames = new FrameDecoder(bytes.byteLength)

  frames.append(bytes)

  return frames.next() as Uint8Array
}

function registrationsOf(count: number, recordBytes: number): FoundRegistration[] {
  return Array.from({ length: count }, (_, index) => ({
    namespace: NS,
    record: new Uint8Array(recordBytes).fill(index & 0xff),
    ttlSeconds: 7200,
    sequence: 1000 + index
  }))
}

function discoverResponse(registrations: FoundRegistration[], cursor = CURSOR) {
  return {
    type: 'discover',
    status: ResponseStatus.OK,
    statusText: '',
    namespace: NS,
    registrations,
    cursor
  } as const
}

/** What a reader of `encodeResponse` gets: how many, and where it goes on. */
function sentOf(registrations: FoundRegistration[]): { count: number; cursor: number } {
  const { frame: framed } = libp2p.encodeResponse(discoverResponse(registrations))
  const { registrations: sent, cookie } = libp2p.decodeResponse(
    unframed(framed)
  ) as ReceivedDiscoverResponse

  expect(framed.byteLength).toBeLessThanOrEqual(RESPONSE_FRAME_BYTES_MAX)

  return {
    count: sent.length,
    cursor: Number(Buffer.from(cookie as Uint8Array).readBigUInt64BE(0))
  }
}

describe('requests of /rendezvous/1.0.0', () => {
  it.each([
    [
      'a REGISTER of a proto3 peer, its zeros left out',
      '12 0a 0a 02 6e73 12 01 aa 18 a0 38',
      { type: 'register', namespace: NS, signedPeerRecord: Uint8Array.of(0xaa), ttl: 7200n }
    ],
    [
      'a REGISTER of a proto2 peer, zeros written',
      '08 00 12 09 0a 02 6e73 12 01 aa 18 00',
      { type: 'register', namespace: NS, signedPeerRecord: Uint8Array.of(0xaa), ttl: 0n }
    ],
    ['a REGISTER without a body', '', { type: 'register' }],
    ['an UNREGISTER', '08 02 22 04 0a 02 6e73', { type: 'unregister', namespace: NS }],
    [
      'an UNREGISTER of an older peer',
      '08 02 22 08 0a 02 6e73 12 02 0102',
      { type: 'unregister', namespace: NS, peerId: Uint8Array.of(1, 2) }
    ],
    ['an UNREGISTER of everything', '08 02 22 00', { type: 'unregister' }],
    [
      'a DISCOVER with limit and cookie',
      '08 03 2a 12 0a 02 6e73 10 0a 1a 0a 0001020304050600 6e73',
      { type: 'discover', namespace: NS, limit: 10n, from: { cursor: 0x1020304050600 } }
    ],
    [
      'a DISCOVER with a cookie of a kind of record',
      '08 03 2a 12 0a 02 6e73 10 0a 1a 0a 0301020304050600 6e73',
      {
        type: 'discover',
        namespace: NS,
        limit: 10n,
        from: { cursor: 0x1020304050600, kind: 'routing-state-record' }
      }
    ],
    ['a DISCOVER of all', '08 03 2a 00', { type: 'discover' }],
    [
      'a DISCOVER with a cookie of another namespace',
      '08 03 2a 10 0a 02 6e73 1a 0a 0000000000000001 7878',
      { type: 'discover', namespace: NS, from: 'invalid' }
    ],
    [
      'a DISCOVER with an empty cookie',
      '08 03 2a 06 0a 02 6e73 1a 00',
      { type: 'discover', namespace: NS, from: 'invalid' }
    ],
    [
      'a DISCOVER with a cursor beyond all numbers',
      '08 03 2a 0a 1a 08 01ffffffffffffff',
      { type: 'discover', from: { cursor: Number.MAX_SAFE_INTEGER, kind: 'peer-record' } }
    ],
    [
      'a DISCOVER with a cookie of a kind that nobody knows, as one from the start',
      '08 03 2a 0a 1a 08 ff00000000000001',
      { type: 'discover' }
    ]
  ])('%s', (_name, hex, request) => {
    expect(libp2p.decodeRequest(fromHex(hex))).toEqual(request)
  })

  it.each([
    ['a response', '08 01 1a 00'],
    ['an unknown type', '08 07'],
    ['an UNREGISTER without a body', '08 02'],
    ['a DISCOVER without a body', '08 03'],
    ['a namespace that is a number', '08 03 2a 02 08 01'],
    ['a nested message that runs past its end', '08 03 2a 09 0a 02 6e73']
  ])('%s ends the stream', (_name, hex) => {
    expect(() => libp2p.decodeRequest(fromHex(hex))).toThrow(MalformedMessageError)
  })

  it.each([
    { type: 'register', namespace: NS, signedPeerRecord: Uint8Array.of(0xaa), ttl: 0n },
    { type: 'unregister', namespace: NS },
    { type: 'unregister' },
    { type: 'discover', namespace: NS, limit: 0n },
    { type: 'discover' }
  ] as const)('are read as they were written: $type', (request) => {
    expect(libp2p.decodeRequest(unframed(libp2p.encodeRequest(request)))).toEqual(request)
  })
})

describe('responses of /rendezvous/1.0.0', () => {
  it('write type, status and ttl, zeros too', () => {
    const { frame: ok } = libp2p.encodeResponse({
      type: 'register',
      status: ResponseStatus.OK,
      statusText: '',
      ttlSeconds: 7200
    })

    // type 1; body of 5 bytes: status 0, ttl 7200
    expect(toHex(ok)).toBe('0908011a05080018a038')
  })

  it('write an empty page with its cookie', () => {
    const { frame: empty } = libp2p.encodeResponse(discoverResponse([], 7))

    // type 4; body of 14 bytes: cookie of cursor and namespace, status 0
    expect(toHex(empty)).toBe(
      '12 08 04 32 0e 12 0a 0000000000000007 6e73 18 00'.replaceAll(' ', '')
    )
  })

  it.each([
    ['peer-record', '01'],
    ['waku-peer-record', '02'],
    ['routing-state-record', '03']
  ] as const)('write the kind %s ahead of the cursor', (kind, byte) => {
    const { frame: page } = libp2p.encodeResponse({ ...discoverResponse([], CURSOR), kind })

    expect(toHex(page)).toContain(`120a${byte}001020304050606e73`)
  })

  it('write namespace, record and ttl of each registration', () => {
    const [registration] = registrationsOf(1, 1)
    const { frame: one } = libp2p.encodeResponse(
      discoverResponse([registration as FoundRegistration], 7)
    )

    expect(toHex(one)).toContain('0a0a 0a02 6e73 1201 00 18a038'.replaceAll(' ', ''))
  })

  it('have no cookie unless all is well', () => {
    const { frame: refused } = libp2p.encodeResponse({
      type: 'discover',
      status: ResponseStatus.E_INVALID_COOKIE,
      statusText: 'bad cookie',
      namespace: NS,
      registrations: []
    })

    expect(libp2p.decodeResponse(unframed(refused))).toEqual({
      type: 'discover',
      status: 103,
      statusText: 'bad cookie',
      registrations: []
    })
  })

  it('are the same in waku1', () => {
    const response = discoverResponse([])

    expect(waku1.encodeResponse(response)).toEqual(libp2p.encodeResponse(response))
  })
})

describe('a page', () => {
  it('goes on where the store said, if all of it is sent', () => {
    expect(sentOf(registrationsOf(100, 200))).toEqual({ count: 100, cursor: CURSOR })
  })

  it('goes on behind the last registration that fits', () => {
    const { count, cursor } = sentOf(registrationsOf(1000, 4096))

    expect(count).toBeGreaterThan(250)
    expect(count).toBeLessThan(256)
    expect(cursor).toBe(1000 + count - 1)
  })

  it('does not part registrations of the same sequence', () => {
    const registrations = registrationsOf(1000, 4096)
    const { count } = sentOf(registrations)

    // The last one that fits and the first one that does not.
    for (const index of [count - 1, count]) {
      Object.assign(registrations[index] as FoundRegistration, { sequence: 5000 })
    }

    const shorter = sentOf(registrations)

    expect(shorter).toEqual({ count: count - 1, cursor: 1000 + count - 2 })
  })

  it('shuffles what it sends', () => {
    const { frame: framed } = libp2p.encodeResponse(discoverResponse(registrationsOf(200, 8)))
    const { registrations } = libp2p.decodeResponse(unframed(framed)) as ReceivedDiscoverResponse
    const order = registrations.map(({ signedPeerRecord }) => signedPeerRecord[0])

    expect(order).not.toEqual(order.toSorted((one, other) => Number(one) - Number(other)))
    expect(new Set(order).size).toBe(200)
  })
})

describe('what a point sends', () => {
  it.each([
    ['a request', '08 00 12 00'],
    ['a response without a body', '08 01'],
    ['no type at all', '1a 02 08 00'],
    ['an unknown type, and a number where its body would be', '08 0a 60 05'],
    ['an unknown type, and bytes where its body would be', '08 0a 62 02 ffff'],
    ['a negative type, and a body where it would be', '1a 00 08 ffffffffffffffffff01']
  ])('is malformed where it is %s', (_name, hex) => {
    expect(() => libp2p.decodeResponse(fromHex(hex))).toThrow(MalformedMessageError)
  })

  it('is read by the lower 32 bits of its type, as other readers do', () => {
    expect(libp2p.decodeResponse(fromHex('08 8180808010 1a 02 08 00'))).toMatchObject({
      type: 'register',
      status: ResponseStatus.OK
    })
  })
})
