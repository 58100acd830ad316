import { DIALECTS } from '@rendezvous-cluster/wire'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { joined } from '../../libs/rendezvous/test/seal-by-hand.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { createTestPeer, type RawStream, type TestPeer } from '../support/test-peer.ts'

const { waku } = DIALECTS
const NAMESPACE = new TextEncoder().encode('/waku/2/default')
const STREAMS_MAX = 16

let front: TestFrontNode
let peer: TestPeer
let record: Uint8Array

beforeEach(async () => {
  front = await startTestFrontNode({ store: 'memory:' })
  peer = await createTestPeer()
  record = await peer.seal()
})

afterEach(async () => {
  await peer?.stop()
  await front?.stop()
})

const discover = (): Uint8Array => waku.encodeRequest({ type: 'discover', namespace: NAMESPACE })
const register = (ttl: number, signedPeerRecord = record): Uint8Array =>
  waku.encodeRequest({
    type: 'register',
    namespace: NAMESPACE,
    signedPeerRecord,
    ttl: BigInt(ttl)
  })

/** So many streams of one connection, each of which has answered once. */
async function openStreams(count: number, from = peer): Promise<RawStream[]> {
  const first = await from.open(front.point)

  // libp2p resets what comes in numbers before its side of the connection is ready.
  await expectAnswers([first])

  const others = await Promise.all(Array.from({ length: count - 1 }, () => from.open(front.point)))

  await expectAnswers(others)

  return [first, ...others]
}

async function expectAnswers(streams: RawStream[]): Promise<void> {
  for (const raw of streams) {
    raw.send(discover())
  }

  for (const raw of streams) {
    expect(await raw.next()).toMatchObject({ type: 'discover', status: 0 })
  }
}

/** Whether a stream beyond those that are open is refused: at its opening, or by a reset. */
async function isRefused(from = peer): Promise<boolean> {
  try {
    const raw = await from.open(front.point)

    raw.send(discover())

    return (await raw.next()) === 'reset'
  } catch {
    // Refused while it was opened: how early that shows depends on the muxer.
    return true
  }
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${front.sidecar}/metrics`)).text()
  const [, value] = new RegExp(`^${name} (\\d+)$`, 'm').exec(text) ?? []

  return Number(value)
}

async function expectNoOpenStreams(): Promise<void> {
  await expect.poll(() => metric('rendezvous_streams'), { timeout: 5000 }).toBe(0)
}

it('fifty requests in one write are answered one by one, in their order', async () => {
  const raw = await peer.open(front.point)
  const ttls = Array.from({ length: 25 }, (_, index) => 1 + (index % 20))

  raw.send(joined(ttls.flatMap((ttl) => [register(ttl), discover()])))

  for (const ttl of ttls) {
    expect(await raw.next()).toEqual({
      type: 'register',
      status: 0,
      statusText: '',
      ttl: BigInt(ttl)
    })
    expect(await raw.next()).toMatchObject({
      type: 'discover',
      registrations: [{ signedPeerRecord: record, ttl: BigInt(ttl) }]
    })
  }
})

it('a stream that waits between its requests goes on being answered', async () => {
  const raw = await peer.open(front.point)

  for (const ttl of [3, 2, 1]) {
    raw.send(register(ttl))

    expect(await raw.next()).toMatchObject({ status: 0, ttl: BigInt(ttl) })
  }
})

it('a peer that half-closes before it reads gets its answer, then the end of the stream', async () => {
  const raw = await peer.open(front.point)

  raw.send(register(20))
  await raw.closeWrite()

  expect(await raw.next()).toMatchObject({ status: 0, ttl: 20n })
  expect(await raw.next()).toBe('closed')
  await expectNoOpenStreams()
})

it('requests and the half-close in one go are all answered', async () => {
  const raw = await peer.open(front.point)

  raw.send(joined([register(20), discover(), discover()]))
  const closed = raw.closeWrite()

  expect(await raw.next()).toMatchObject({ type: 'register', status: 0 })
  expect(await raw.next()).toMatchObject({ type: 'discover', status: 0 })
  expect(await raw.next()).toMatchObject({ type: 'discover', status: 0 })
  expect(await raw.next()).toBe('closed')
  await closed
})

it('a stream that half-closes without a request is closed, not reset', async () => {
  const raw = await peer.open(front.point)

  await raw.closeWrite()

  expect(await raw.next()).toBe('closed')
  await expectNoOpenStreams()
})

it('a hundred streams reset right after their answer leave nothing behind', async () => {
  for (let count = 0; count < 100; count++) {
    const raw = await peer.open(front.point)

    raw.send(discover())
    expect(await raw.next()).toMatchObject({ status: 0 })
    raw.stream.abort(new Error('done'))
  }

  await expectNoOpenStreams()
  await openStreams(1)
  expect(peer.node.getConnections()).toHaveLength(1)
})

it('a stream reset with a request in flight leaves nothing behind', async () => {
  const raw = await peer.open(front.point)

  raw.send(joined(Array.from({ length: 20 }, () => register(20))))
  raw.stream.abort(new Error('changed my mind'))

  await expectNoOpenStreams()
  await openStreams(1)
})

it('a connection that goes away takes its streams with it', async () => {
  await openStreams(3)
  expect(await metric('rendezvous_streams')).toBe(3)

  await peer.node.stop()

  await expectNoOpenStreams()
})

it('the seventeenth stream of a connection is refused, and sixteen go on', async () => {
  const streams = await openStreams(STREAMS_MAX)

  expect(await isRefused()).toBe(true)
  await expectAnswers(streams)
})

it('a stream that ends makes room for another', async () => {
  const [first, ...others] = await openStreams(STREAMS_MAX)

  await first?.closeWrite()
  await expect.poll(() => metric('rendezvous_streams'), { timeout: 5000 }).toBe(STREAMS_MAX - 1)

  expect(await isRefused()).toBe(false)
  await expectAnswers(others)
})

it('two connections of one peer have their own streams, and one registration', async () => {
  const twin = await createTestPeer(peer.privateKey)

  try {
    const own = await openStreams(STREAMS_MAX)
    const [theirs] = await openStreams(1, twin)

    theirs?.send(register(20, await twin.seal()))
    expect(await theirs?.next()).toMatchObject({ status: 0 })
    own[0]?.send(joined([register(5), discover()]))

    expect(await own[0]?.next()).toMatchObject({ status: 0 })
    expect(await own[0]?.next()).toMatchObject({
      registrations: [{ signedPeerRecord: record, ttl: 5n }]
    })
    await twin.stop()
    await expect.poll(() => metric('rendezvous_streams'), { timeout: 5000 }).toBe(STREAMS_MAX)
    await expectAnswers(own)
  } finally {
    await twin.stop()
  }
})
