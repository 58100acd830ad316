import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NoPointError } from '../src/errors.ts'
import {
  type ClientNode,
  type ClientNodeInit,
  failOnBackgroundErrors,
  startClient
} from './client-node.ts'
import { NO_ANSWERS, PATIENCE_MS } from './no-answers.ts'
import { type Script, StubPoint, silent } from './stub-point.ts'
import { createPeer } from './stub-records.ts'

const namespace = 'test'

describe('a client of two points', () => {
  let points: [StubPoint, StubPoint]
  let node: ClientNode | undefined

  failOnBackgroundErrors()

  beforeEach(async () => {
    points = await Promise.all([StubPoint.start(), StubPoint.start()])
  })

  afterEach(async () => {
    await node?.stop()
    await Promise.all(points.map((point) => point.stop()))
    node = undefined
  })

  async function start(init: Partial<ClientNodeInit> = {}): Promise<ClientNode> {
    node = await startClient({
      points: points.map(({ address }) => address),
      pointOrder: 'given',
      ...init
    })

    return node
  }

  async function discover({ services }: ClientNode): Promise<string[]> {
    const found: string[] = []

    for await (const { peerId } of services.rendezvous.discover(namespace)) {
      found.push(peerId.toString())
    }

    return found
  }

  const current = ({ services }: ClientNode): (string | undefined)[] =>
    services.rendezvous.points.flatMap(({ isCurrent, peerId }) => (isCurrent ? [peerId] : []))

  it('stays with one of them', async () => {
    const client = await start()

    for (let times = 0; times < 5; times++) {
      await discover(client)
    }

    expect(points.map(({ requests }) => requests.length)).toEqual([5, 0])
  })

  it.each(NO_ANSWERS)(
    'asks the other when the one %s',
    async (_what, script, reason, timeoutMs) => {
      const peer = await createPeer()
      const record = await peer.seal(1)
      const client = await start({ timeoutMs })
      const [one, other] = points

      await discover(client)

      one.script = script
      other.script = ({ discovered }) => discovered({ registrations: [{ record }] })

      expect(await discover(client)).toEqual([peer.peerId])
      expect(current(client)).toEqual([other.peerId])
      expect(
        client.services.rendezvous.points.find(({ peerId }) => peerId === one.peerId)
      ).toMatchObject({ failures: 1, lastError: { message: expect.stringMatching(reason) } })
    }
  )

  it('is registered at the other when the one goes away', async () => {
    const client = await start()
    const [one, other] = points

    await discover(client)

    await client.services.rendezvous.register(namespace)
    await one.stop()

    await expect.poll(() => other.count('register')).toBe(1)
    await expect
      .poll(() => client.services.rendezvous.registrations)
      .toMatchObject([{ state: { status: 'active', point: other.address } }])
  })

  it('reads the rest of a namespace at the other, from the start and each peer once', async () => {
    const [alice, bob] = await Promise.all([createPeer(), createPeer()])
    const [first, second] = await Promise.all([alice.seal(1), bob.seal(1)])
    const client = await start()
    const [one, other] = points

    await discover(client)

    one.script = ({ request, discovered, connection }) =>
      request.type === 'discover' && request.from == null
        ? discovered({ registrations: [{ record: first }], cookie: Uint8Array.of(0xff) })
        : connection.abort(new Error('gone'))
    other.script = ({ discovered }) =>
      discovered({ registrations: [{ record: first }, { record: second }] })

    expect((await discover(client)).sort()).toEqual([alice.peerId, bob.peerId].sort())
    expect(other.requests).toMatchObject([{ type: 'discover', from: undefined }])
  })

  it('says what is wrong with each when neither answers', async () => {
    const client = await start({ timeoutMs: PATIENCE_MS })

    for (const point of points) {
      point.script = silent
    }

    const error = await discover(client).catch((error: unknown) => error)

    expect(error).toBeInstanceOf(NoPointError)
    expect((error as NoPointError).errors.map(({ message }) => message.split(': ')).sort()).toEqual(
      points.map(({ address }) => [address, 'no answer in 1 s']).sort()
    )
    expect(client.services.rendezvous.points).toMatchObject([{ failures: 1 }, { failures: 1 }])
  })

  describe('that are independent', () => {
    it('is registered at both, and finds the peers of both', async () => {
      const [alice, bob] = await Promise.all([createPeer(), createPeer()])
      const records = await Promise.all([alice.seal(1), bob.seal(1)])
      const client = await start({ fanout: 2 })

      points.forEach((point, index) => {
        const record = records[index] as Uint8Array

        point.script = ({ request, registered, discovered }) =>
          request.type === 'register'
            ? registered()
            : discovered({ registrations: [{ record }], cookie: Uint8Array.of(index) })
      })
      await client.services.rendezvous.register(namespace)

      expect((await discover(client)).sort()).toEqual([alice.peerId, bob.peerId].sort())
      await expect.poll(() => points.map((point) => point.count('register'))).toEqual([1, 1])
    })

    it('finds the peers of one where the other says nothing', async () => {
      const peer = await createPeer()
      const record = await peer.seal(1)
      const client = await start({ fanout: 2, timeoutMs: PATIENCE_MS })
      const answers: Script = ({ discovered }) => discovered({ registrations: [{ record }] })

      points[0].script = silent
      points[1].script = answers

      expect(await discover(client)).toEqual([peer.peerId])
    })
  })
})
