import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Request } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromHex, goVectors, vectorNamed } from '../../libs/rendezvous/test/go-vectors.ts'
import {
  bytesField,
  envelopeBytes,
  joined,
  peerRecordBytes,
  sealPayload
} from '../../libs/rendezvous/test/seal-by-hand.ts'
import { encodeFrame } from '../../libs/wire/src/encode-frame.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { createTestPeer, type RawStream, type TestPeer } from '../support/test-peer.ts'

const { waku } = DIALECTS
const NAMESPACE = text('/waku/2/default')
/** 2^63: ten bytes of varint, a negative number to a reader of int64. */
const VARINT_2_63 = fromHex('80808080808080808001')
const VARINT_MINUS_1 = fromHex('ffffffffffffffffff01')

let front: TestFrontNode
let peer: TestPeer
let record: Uint8Array

beforeAll(async () => {
  front = await startTestFrontNode({ store: 'memory:' })
  peer = await createTestPeer()
  record = await peer.seal()
})

afterAll(async () => {
  await peer?.stop()
  await front?.stop()
})

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

const register = (request: Partial<Request> = {}): Uint8Array =>
  waku.encodeRequest({
    type: 'register',
    namespace: NAMESPACE,
    signedPeerRecord: record,
    ...request
  } as Request)

const discover = (namespace?: Uint8Array): Uint8Array =>
  waku.encodeRequest({ type: 'discover', namespace })

/** Requests with a number that is written as given. */
const registerTtl = (varint: Uint8Array): Uint8Array =>
  encodeFrame(
    bytesField(
      2,
      joined([bytesField(1, NAMESPACE), bytesField(2, record), Uint8Array.of(0x18), varint])
    )
  )
const discoverLimit = (namespace: Uint8Array, varint: Uint8Array): Uint8Array =>
  encodeFrame(
    joined([
      Uint8Array.of(0x08, 0x02),
      bytesField(4, joined([bytesField(1, namespace), Uint8Array.of(0x10), varint]))
    ])
  )
const goRequest = (name: string): Uint8Array =>
  fromHex(vectorNamed(goVectors.requests, name).framedHex)

/** The answer to these bytes on a stream of their own. */
async function answerTo(bytes: Uint8Array, from = peer): ReturnType<RawStream['next']> {
  const raw = await from.open(front.point)

  raw.send(bytes)
  const answer = await raw.next()
  await raw.closeWrite()

  return answer
}

describe('a REGISTER with a wrong value is answered, in the order of the seed’s checks', () => {
  const rows: [status: number, text: string, bytes: () => Uint8Array | Promise<Uint8Array>][] = [
    [100, 'unspecified namespace', () => Uint8Array.of(0)],
    [100, 'unspecified namespace', () => register({ namespace: undefined })],
    [100, 'unspecified namespace', () => register({ namespace: new Uint8Array() })],
    [100, 'namespace too long', () => register({ namespace: new Uint8Array(257).fill(0x6e) })],
    [101, 'missing signed peer record', () => register({ signedPeerRecord: undefined })],
    [101, 'invalid peer record', () => register({ signedPeerRecord: new Uint8Array() })],
    [101, 'invalid peer record', () => register({ signedPeerRecord: text('no envelope') })],
    [101, 'invalid peer record', () => register({ signedPeerRecord: record.with(-1, 0xff) })],
    [101, 'invalid peer record', staleDomain],
    [101, 'peer info too long', oversized],
    [101, 'peer id mismatch', () => goRequest('register with ttl 20')],
    [
      101,
      'missing peer addresses',
      async () => register({ signedPeerRecord: await peer.seal([]) })
    ],
    [101, 'peer info too long', async () => register({ signedPeerRecord: await crowded() })],
    [102, 'bad ttl', () => register({ ttl: 21n })],
    [102, 'bad ttl', () => registerTtl(VARINT_MINUS_1)],
    [102, 'bad ttl', () => registerTtl(VARINT_2_63)],
    [102, 'bad ttl', () => register({ ttl: 2n ** 63n - 1n })]
  ]

  it.for(rows.map((row, index) => [index, ...row] as const))(
    '%i: %i %s',
    async ([, status, statusText, bytes]) => {
      expect(await answerTo(await bytes())).toEqual({
        type: 'register',
        status,
        statusText,
        ttl: undefined
      })
    }
  )

  it('none of them was registered', async () => {
    expect(await answerTo(discover(NAMESPACE))).toMatchObject({ status: 0, registrations: [] })
  })

  /** Signed by the peer itself, for another purpose. */
  async function staleDomain(): Promise<Uint8Array> {
    const { publicKey } = peer.privateKey
    const payload = peerRecordBytes(publicKey.toMultihash().bytes)
    const parts = await sealPayload(peer.privateKey, payload, 'libp2p-routing-record')

    return register({ signedPeerRecord: envelopeBytes(parts) })
  }

  function oversized(): Uint8Array {
    const padding = bytesField(99, new Uint8Array(4096))

    return register({ signedPeerRecord: joined([record, padding]) })
  }

  function crowded(): Promise<Uint8Array> {
    return peer.seal(Array.from({ length: 33 }, (_, index) => `/ip4/192.0.2.1/tcp/${index + 1}`))
  }
})

describe('a DISCOVER with an odd value', () => {
  it('a namespace that is too long is answered 100', async () => {
    expect(await answerTo(discover(new Uint8Array(257).fill(0x6e)))).toEqual({
      type: 'discover',
      status: 100,
      statusText: 'namespace too long',
      registrations: []
    })
  })

  it.for([undefined, new Uint8Array()])('without a namespace: none (%o)', async (namespace) => {
    expect(await answerTo(discover(namespace))).toMatchObject({ status: 0, registrations: [] })
  })

  it('a limit of -1, 0 or 2^63 is as good as none', async () => {
    const namespace = text('limits')
    const other = await createTestPeer()

    try {
      await answerTo(register({ namespace }))
      await answerTo(register({ namespace, signedPeerRecord: await other.seal() }), other)

      for (const varint of [VARINT_MINUS_1, Uint8Array.of(0), VARINT_2_63]) {
        const answer = await answerTo(discoverLimit(namespace, varint))

        expect(answer).toMatchObject({ status: 0, registrations: [{ namespace }, { namespace }] })
      }

      expect(await answerTo(discoverLimit(namespace, Uint8Array.of(1)))).toMatchObject({
        registrations: [{ namespace }]
      })
    } finally {
      await other.stop()
    }
  })
})

describe('what is malformed', () => {
  const rows: { name: string; bytes: () => Uint8Array; thenEnds?: true }[] = [
    { name: 'an unknown type', bytes: () => goRequest('unknown type 4') },
    { name: 'a REGISTER_RESPONSE', bytes: () => goRequest('register response as a request') },
    { name: 'a DISCOVER_RESPONSE', bytes: () => goRequest('discover response as a request') },
    { name: 'a DISCOVER without body', bytes: () => goRequest('discover with nil body') },
    {
      name: 'a namespace that is not UTF-8',
      bytes: () => goRequest('register with a namespace that is not UTF-8')
    },
    { name: 'bytes that are no message', bytes: () => fromHex('02ffff') },
    { name: 'a prefix that does not end', bytes: () => new Uint8Array(64).fill(0xff) },
    { name: 'a length of 8193', bytes: () => fromHex('8140') },
    {
      name: 'a frame cut short by the end',
      bytes: () => register().subarray(0, -1),
      thenEnds: true
    },
    { name: 'a prefix cut short by the end', bytes: () => fromHex('80'), thenEnds: true }
  ]

  it.for(rows)(
    '$name: the stream is reset, and the connection goes on',
    async ({ bytes, thenEnds }) => {
      expect(await answerTo(discover(text('before')))).toMatchObject({ status: 0 })
      const [connection] = peer.node.getConnections()
      const raw = await peer.open(front.point)

      raw.send(bytes())

      if (thenEnds) {
        await raw.closeWrite()
      }

      expect(await raw.next()).toBe('reset')
      expect(await answerTo(discover(text('after')))).toMatchObject({ status: 0 })
      expect(peer.node.getConnections()).toEqual([connection])
    }
  )

  it('requests ahead of it are answered, those behind it are not', async () => {
    const raw = await peer.open(front.point)
    const good = discover(text('good'))

    raw.send(joined([good, good, goRequest('unknown type 4'), good]))

    expect(await raw.next()).toMatchObject({ status: 0 })
    expect(await raw.next()).toMatchObject({ status: 0 })
    expect(await raw.next()).toBe('reset')
  })
})

describe('what is odd but right', () => {
  it('a request in writes of one byte is answered', async () => {
    const raw = await peer.open(front.point)

    for (const byte of register({ ttl: 7n })) {
      raw.send(Uint8Array.of(byte))
    }

    expect(await raw.next()).toEqual({ type: 'register', status: 0, statusText: '', ttl: 7n })
    await raw.closeWrite()
  })

  it('a frame of 8192 bytes is answered', async () => {
    const padding = 8192 - (register().byteLength - 2) - 4
    const message = joined([register().subarray(2), bytesField(99, new Uint8Array(padding))])

    expect(message.byteLength).toBe(8192)
    expect(await answerTo(encodeFrame(message))).toMatchObject({ status: 0, ttl: 20n })
  })

  it.for(['secp256k1', 'RSA'] as const)(
    'a peer of a %s key registers and is found',
    async (type) => {
      const key = type === 'RSA' ? await generateKeyPair(type, 2048) : await generateKeyPair(type)
      const other = await createTestPeer(key)
      const namespace = text(`peers of ${type}`)

      try {
        const signedPeerRecord = await other.seal()

        expect(await answerTo(register({ namespace, signedPeerRecord }), other)).toMatchObject({
          status: 0
        })
        expect(await answerTo(discover(namespace))).toMatchObject({
          registrations: [{ namespace, signedPeerRecord, ttl: 20n }]
        })
      } finally {
        await other.stop()
      }
    }
  )
})
