import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Libp2p, Stream } from '@libp2p/interface'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { Namespace, ResponseStatus } from '@rendezvous-cluster/rendezvous'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { createLibp2p } from 'libp2p'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NoAnswerError, RefusedError } from '../src/errors.ts'
import { ANSWER_DEADLINE_MS, PointClient, UNREGISTER_DEADLINE_MS } from '../src/point-client.ts'
import { sealPeerRecord } from '../src/seal-peer-record.ts'

const { waku, libp2p } = DIALECTS
const namespace = Namespace.fromText('test')
const address = multiaddr('/ip4/192.0.2.1/tcp/4001')

describe('a client at a point', () => {
  let point: Libp2p
  let peer: Libp2p
  let client: PointClient
  /** What the point does with a stream. */
  let serve: (stream: Stream) => void

  beforeEach(async () => {
    ;[point, peer] = await Promise.all([createNode(['/ip4/127.0.0.1/tcp/0']), createNode([])])
    await point.handle(waku.protocol, (stream) => serve(stream))
    client = new PointClient({
      dialect: waku,
      openStream: (options) => peer.dialProtocol(point.getMultiaddrs(), waku.protocol, options)
    })
  })

  afterEach(async () => {
    vi.restoreAllMocks()
    await Promise.all([point.stop(), peer.stop()])
  })

  function answer(...responses: Parameters<typeof waku.encodeResponse>): void {
    serve = (stream) => void stream.send(waku.encodeResponse(...responses).frame)
  }

  function answerWith(records: Uint8Array[], ttlSeconds = 20): void {
    answer({
      type: 'discover',
      status: ResponseStatus.OK,
      statusText: '',
      namespace: namespace.bytes,
      registrations: records.map((record) => ({ namespace: namespace.bytes, record, ttlSeconds }))
    })
  }

  const register = (): Promise<number> =>
    client.register({ namespace, signedPeerRecord: Uint8Array.of(1), ttlSeconds: 7 })

  it('finds the peers whose records verify, and no others', async () => {
    const key = await generateKeyPair('Ed25519')
    const good = await sealPeerRecord(key, [address])
    const forged = Uint8Array.from(good)
    const crowded = new PeerRecord({
      peerId: point.peerId,
      multiaddrs: Array.from({ length: 33 }, () => address)
    })

    forged[forged.length - 1] = (forged.at(-1) as number) ^ 1
    answerWith([
      forged,
      Uint8Array.of(),
      (await RecordEnvelope.seal(crowded, await generateKeyPair('Ed25519'))).marshal(),
      good
    ])

    const found = await client.discover({ namespace })

    expect(found.map(({ multiaddrs }) => multiaddrs.map(String))).toEqual([[address.toString()]])
  })

  it.each([
    ['', true],
    ['test', true],
    ['another', false]
  ])(
    'a registration told under the namespace “%s” is one of those asked for: %s',
    async (told, isTaken) => {
      answer({
        type: 'discover',
        status: ResponseStatus.OK,
        statusText: '',
        namespace: namespace.bytes,
        registrations: [
          {
            namespace: new TextEncoder().encode(told),
            record: await sealPeerRecord(await generateKeyPair('Ed25519'), [address]),
            ttlSeconds: 20
          }
        ]
      })

      expect(await client.discover({ namespace })).toHaveLength(isTaken ? 1 : 0)
    }
  )

  it('takes the newer of two records of one peer', async () => {
    const key = await generateKeyPair('Ed25519')
    const newer = multiaddr('/ip4/192.0.2.2/tcp/4001')
    const first = await sealPeerRecord(key, [address])

    const firstAtMs = Date.now()

    // Records are numbered by the millisecond: the next one has to be of a later one.
    await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(firstAtMs)
    answerWith([await sealPeerRecord(key, [newer]), first])

    const found = await client.discover({ namespace })

    expect(found.map(({ multiaddrs }) => String(multiaddrs))).toEqual([newer.toString()])
  })

  it.each([
    [0, 1],
    [21, 20],
    [Number.MAX_SAFE_INTEGER, 20]
  ])('takes a lifetime of %i seconds for %i', async (told, taken) => {
    answerWith([await sealPeerRecord(await generateKeyPair('Ed25519'), [address])], told)
    const found = await client.discover({ namespace })

    answer({ type: 'register', status: ResponseStatus.OK, statusText: '', ttlSeconds: told })
    const granted = await register()

    expect([found[0]?.ttlSeconds, granted]).toEqual([taken, taken])
  })

  it('is told why it was refused', async () => {
    answer({
      type: 'register',
      status: ResponseStatus.E_INVALID_TTL,
      statusText: 'bad ttl',
      ttlSeconds: 0
    })

    await expect(register()).rejects.toMatchObject({ status: 102, message: 'bad ttl' })
    await expect(register()).rejects.toBeInstanceOf(RefusedError)
  })

  it.each<[string, (stream: Stream) => void]>([
    ['closes without an answer', (stream) => void stream.close()],
    ['resets the stream', (stream) => stream.abort(new Error('no'))],
    ['answers another question', (stream) => void stream.send(Uint8Array.of(4, 8, 3, 42, 0))],
    ['sends what is no message', (stream) => void stream.send(Uint8Array.of(2, 0xff, 0xff))],
    ['announces 5 MiB', (stream) => void stream.send(Uint8Array.of(0x80, 0x80, 0xc0, 0x02))],
    ['sends a length that does not end', (stream) => void stream.send(new Uint8Array(9).fill(0x80))]
  ])('gets no answer from a point that %s', async (_what, behaviour) => {
    serve = behaviour

    await expect(register()).rejects.toBeInstanceOf(NoAnswerError)
  })

  /** A client of a dialect that has UNREGISTER. */
  async function unregisteringClient(): Promise<PointClient> {
    const { protocol } = libp2p

    await point.handle(protocol, (stream) => serve(stream))

    return new PointClient({
      dialect: libp2p,
      openStream: (options) => peer.dialProtocol(point.getMultiaddrs(), protocol, options)
    })
  }

  it('waits for the end of the stream after an UNREGISTER, be it a reset as of Go points', async () => {
    const read: string[] = []
    const unregistering = await unregisteringClient()

    serve = (stream) => {
      stream.addEventListener('message', ({ data }) => {
        read.push(Buffer.from(data.subarray()).toString('hex'))
        stream.close()
      })
    }
    await unregistering.unregister({ namespace })
    serve = (stream) => {
      stream.addEventListener('message', () => stream.abort(new Error('no')))
    }

    // Length 10; type 2; field 4 of 6 bytes: namespace "test".
    expect(read).toEqual(['0a080222060a0474657374'])
    await expect(unregistering.unregister({ namespace })).resolves.toBeUndefined()
  })

  it('waits no longer than five seconds for that end where nobody says how long', async () => {
    const unregistering = await unregisteringClient()
    const deadline = new AbortController()
    const timeout = AbortSignal.timeout.bind(AbortSignal)

    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) =>
      ms === UNREGISTER_DEADLINE_MS ? deadline.signal : timeout(ms)
    )
    serve = (stream) => {
      stream.addEventListener('message', () => deadline.abort(new Error('too long')))
    }

    expect(UNREGISTER_DEADLINE_MS).toBe(5000)
    await expect(unregistering.unregister({ namespace })).rejects.toThrow('too long')
  })

  it('waits no longer than ten seconds for an answer where nobody says how long', async () => {
    const deadline = new AbortController()
    const timeout = AbortSignal.timeout.bind(AbortSignal)

    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) =>
      ms === ANSWER_DEADLINE_MS ? deadline.signal : timeout(ms)
    )
    serve = () => deadline.abort(new Error('too long'))

    expect(ANSWER_DEADLINE_MS).toBe(10_000)
    await expect(client.discover({ namespace })).rejects.toThrow('too long')
  })

  it('does not wait beyond its signal', async () => {
    const controller = new AbortController()

    serve = () => controller.abort(new Error('enough'))

    await expect(client.discover({ namespace }, { signal: controller.signal })).rejects.toThrow(
      'enough'
    )
  })
})

async function createNode(listen: string[]): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false }
  })
}
