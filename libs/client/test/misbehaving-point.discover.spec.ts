import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DiscoveredPeer } from '../src/discovered-peers.ts'
import { NoPointError, RefusedError } from '../src/errors.ts'
import type { RendezvousClientInit } from '../src/rendezvous.ts'
import { type ClientNode, failOnBackgroundErrors, startClient } from './client-node.ts'
import { NO_ANSWERS, PATIENCE_MS, refuse } from './no-answers.ts'
import { discoverAnswer, type StubRegistration } from './stub-answers.ts'
import { type Script, StubPoint, type StubPointInit, silent } from './stub-point.ts'
import { badRegistrations, createPeer, type StubPeer } from './stub-records.ts'

const namespace = 'test'

const cookieOf = (index: number): Uint8Array => Uint8Array.of(0xff, index >> 8, index)

describe('a client that discovers at a point', () => {
  let ownKey: PrivateKey
  let alice: StubPeer
  let bob: StubPeer
  let atAlice: StubRegistration
  let atBob: StubRegistration
  let bad: StubRegistration[]
  let point: StubPoint
  let node: ClientNode

  failOnBackgroundErrors()

  beforeAll(async () => {
    ownKey = await generateKeyPair('Ed25519')
    ;[alice, bob, bad] = await Promise.all([
      createPeer(),
      createPeer(),
      badRegistrations(namespace)
    ])
    atAlice = { namespace, record: await alice.seal(1), ttl: 60n }
    atBob = { namespace, record: await bob.seal(1), ttl: 60n }
  })

  afterEach(async () => {
    await node.stop()
    await point.stop()
  })

  async function start(
    script: Script,
    init: StubPointInit & Pick<RendezvousClientInit, 'timeoutMs' | 'verifySignature'> = {}
  ) {
    point = await StubPoint.start(init)
    point.script = script
    node = await startClient({
      points: [point.address],
      privateKey: ownKey,
      timeoutMs: init.timeoutMs,
      verifySignature: init.verifySignature
    })
  }

  async function discover(limit?: number, signal?: AbortSignal): Promise<DiscoveredPeer[]> {
    const found: DiscoveredPeer[] = []

    for await (const peer of node.services.rendezvous.discover(namespace, { limit, signal })) {
      found.push(peer)
    }

    return found
  }

  /** Sorted. */
  async function discoverIds(): Promise<string[]> {
    return (await discover()).map(({ peerId }) => peerId.toString()).sort()
  }

  const status = () => node.services.rendezvous.points[0]

  /** A first page with Alice, a second one with Bob, and then nobody. */
  const twoPages: Script = ({ index, discovered }) =>
    discovered({ registrations: [[atAlice], [atBob]][index] ?? [], cookie: cookieOf(index) })

  describe('finds both of two peers where it', () => {
    it.each<[string, Script]>([
      [
        'ends each stream after its answer',
        (asked) => {
          twoPages(asked)
          asked.stream.close()
        }
      ],
      [
        'closes the connection after each answer',
        (asked) => {
          twoPages(asked)
          asked.connection.close()
        }
      ],
      [
        'drops the connection after each answer',
        (asked) => {
          twoPages(asked)
          asked.stream.addEventListener('close', () => asked.connection.abort(new Error('done')))
        }
      ],
      [
        'resets each stream that it has answered',
        (asked) => {
          twoPages(asked)
          asked.stream.addEventListener('remoteCloseWrite', () => {
            asked.stream.abort(new Error('done'))
          })
        }
      ],
      ['gives no cookie', ({ discovered }) => discovered({ registrations: [atAlice, atBob] })],
      [
        'leaves out the namespace',
        ({ discovered }) =>
          discovered({ registrations: [atAlice, atBob].map(({ record }) => ({ record })) })
      ],
      [
        'has forgotten its cookie',
        ({ index, request, discovered }) => {
          if (index === 1) {
            discovered({ status: 103, statusText: 'invalid cookie' })
          } else {
            const isAfresh = request.type === 'discover' && request.from == null
            const registrations = isAfresh ? [atAlice, ...(index > 1 ? [atBob] : [])] : []

            discovered({ registrations, cookie: cookieOf(index) })
          }
        }
      ],
      [
        'sends more than was asked for',
        (asked) => {
          const answer = discoverAnswer(asked.dialect, { registrations: [atAlice, atBob] })

          asked.stream.send(Buffer.concat([answer, answer, Uint8Array.of(3, 1, 2, 3, 0xff)]))
          asked.stream.send(answer)
        }
      ],
      [
        'sends its answer byte by byte',
        ({ dialect, stream }) => {
          for (const byte of discoverAnswer(dialect, { registrations: [atAlice, atBob] })) {
            stream.send(Uint8Array.of(byte))
          }
        }
      ],
      [
        'sends pages for ever, and nobody new',
        ({ index, discovered }) =>
          discovered({ registrations: [atAlice, atBob], cookie: cookieOf(index) })
      ],
      [
        'gives the same cookie for ever',
        ({ discovered }) => discovered({ registrations: [atAlice, atBob], cookie: cookieOf(0) })
      ],
      [
        'gives an empty cookie',
        ({ discovered }) => discovered({ registrations: [atAlice, atBob], cookie: Uint8Array.of() })
      ]
    ])('%s', async (_what, script) => {
      await start(script)

      expect(await discoverIds()).toEqual([alice.peerId, bob.peerId].sort())
      expect(status()).toMatchObject({ failures: 0, lastError: undefined, invalidRegistrations: 0 })
      expect(point.requests.length).toBeLessThan(20)
    })
  })

  it('finds nobody where namespaces without peers are called invalid', async () => {
    await start(({ discovered }) => discovered({ status: 100 }))

    expect(await discoverIds()).toEqual([])
    expect(status()).toMatchObject({ isCurrent: true, lastError: undefined })
  })

  it('finds nobody further where the namespace is gone with the cookie', async () => {
    const answers = [
      () => ({ registrations: [atAlice], cookie: cookieOf(0) }),
      () => ({ status: 103 }),
      () => ({ status: 100 })
    ]

    await start(({ index, discovered }) => discovered(answers[index]?.()))

    expect(await discoverIds()).toEqual([alice.peerId])
  })

  it('finds only peers whose records verify, once each, and not itself', async () => {
    const own = { namespace, record: await (await createPeer(ownKey)).seal(1) }
    const registrations = [...bad, own, atAlice, atBob, atAlice]

    for (const seq of [3, 2]) {
      registrations.push({ namespace, record: await alice.seal(seq) })
    }

    await start(({ index, discovered }) =>
      discovered({ registrations: registrations.slice(index), cookie: cookieOf(index) })
    )

    expect(await discoverIds()).toEqual([alice.peerId, bob.peerId].sort())
    expect(status()?.invalidRegistrations).toBeGreaterThanOrEqual(bad.length)
  })

  it('verifies no more records than it was asked for peers', async () => {
    const peers = await Promise.all(Array.from({ length: 8 }, () => createPeer()))
    const registrations = await Promise.all(
      peers.map(async (peer) => ({ namespace, record: await peer.seal(1) }))
    )
    const verified: string[] = []

    await start(({ discovered }) => discovered({ registrations, cookie: cookieOf(0) }), {
      verifySignature: (publicKey) => {
        verified.push(publicKey.toString())

        return true
      }
    })

    for (const limit of [1, 3]) {
      verified.length = 0

      expect(await discover(limit)).toHaveLength(limit)
      expect(verified).toHaveLength(limit)
    }
  })

  it('asks for one more of a sample, since this peer may be in it', async () => {
    const self = await createPeer(ownKey)
    const all = [{ namespace, record: await self.seal(1), ttl: 60n }, atAlice, atBob]

    await start(
      ({ request, discovered }) =>
        discovered({
          registrations: all.slice(0, request.type === 'discover' ? Number(request.limit) : 0)
        }),
      { dialects: [DIALECTS.waku] }
    )

    expect((await discover(1)).map(({ peerId }) => peerId.toString())).toEqual([alice.peerId])
  })

  it('opens another stream where the point has ended the one that told what it speaks', async () => {
    await start(({ discovered }) => discovered({ registrations: [atAlice] }))

    const givenUp = new AbortController()
    const discovering = discover(undefined, givenUp.signal)

    // It is connected to all the same, and nobody asks on the stream.
    node.addEventListener('connection:open', () => givenUp.abort(new Error('enough')))
    await expect(discovering).rejects.toThrow('enough')
    await expect.poll(() => point.openStreams).toBe(1)

    for (const stream of point.node.getConnections().flatMap(({ streams }) => streams)) {
      stream.abort(new Error('nobody asks on it'))
    }

    await expect.poll(() => node.getConnections().flatMap(({ streams }) => streams)).toEqual([])

    expect(await discoverIds()).toEqual([alice.peerId])
    expect(status()).toMatchObject({ failures: 0, lastError: undefined })
  })

  it('finds a peer at its addresses, which may end in its id', async () => {
    const relay = `/ip4/192.0.2.9/tcp/1/p2p/${bob.peerId}/p2p-circuit`
    const addresses = ['/ip4/192.0.2.3/tcp/1', relay]
    const record = await alice.seal(
      9,
      addresses.map((address) => `${address}/p2p/${alice.peerId}`)
    )

    await start(({ discovered }) => discovered({ registrations: [{ record }] }))
    const [found] = await discover()

    expect(found?.multiaddrs.map(String)).toEqual(addresses)
  })

  it('finds nobody in pages of bad records for ever', async () => {
    await start(({ index, discovered }) =>
      discovered({ registrations: bad, cookie: cookieOf(index) })
    )

    expect(await discoverIds()).toEqual([])
    expect(status()?.invalidRegistrations).toBe(bad.length * point.requests.length)
  })

  it('takes no registration of a namespace that it has not asked for', async () => {
    await start(({ discovered }) =>
      discovered({ registrations: [{ ...atAlice, namespace: 'other' }, atBob] })
    )

    expect(await discoverIds()).toEqual([bob.peerId])
    expect(status()?.invalidRegistrations).toBe(1)
  })

  it.each([
    [0n, 1],
    [2n ** 63n, 259_200],
    [2n ** 64n - 1n, 259_200]
  ])('takes a lifetime of %i seconds for one of %i', async (ttl, taken) => {
    await start(({ discovered }) => discovered({ registrations: [{ ...atAlice, ttl }] }))

    const [found] = await discover()

    expect(found?.ttlSeconds).toBe(taken)
  })

  it('finds what it asks for, however many streams the point never ends', async () => {
    await start(({ discovered }) => discovered({ registrations: [atAlice] }), {
      endsStreams: false
    })

    for (let times = 0; times < 70; times++) {
      expect(await discoverIds()).toEqual([alice.peerId])
    }

    expect(status()).toMatchObject({ failures: 0, lastError: undefined })
  })

  it('leaves no stream open that the point never ends', async () => {
    await start(({ discovered }) => discovered({ registrations: [atAlice] }), {
      endsStreams: false,
      timeoutMs: PATIENCE_MS
    })
    await discover()

    await expect.poll(() => point.openStreams).toBe(0)
  })

  describe('fails, and says why, where it', () => {
    it.each(NO_ANSWERS)('%s', async (_what, script, reason, timeoutMs) => {
      await start(script, { timeoutMs })

      await expect(discover()).rejects.toBeInstanceOf(NoPointError)
      expect(status()).toMatchObject({ isCurrent: false, failures: 1 })
      expect(status()?.lastError?.message).toMatch(reason)
    })

    it('speaks nothing that the client does', async () => {
      await start(silent, { dialects: [] })

      await expect(discover()).rejects.toBeInstanceOf(NoPointError)
      expect(status()?.lastError?.message).toMatch(/protocol/i)
    })
  })

  it('does not blame a point that refuses', async () => {
    await start((asked) => refuse(asked, 200, 'not you'))

    await expect(discover()).rejects.toEqual(new RefusedError(200, 'not you'))
    expect(status()).toMatchObject({ isCurrent: true, failures: 0 })
  })

  it('speaks what a point of an older kind does', async () => {
    await start(({ discovered }) => discovered({ registrations: [atAlice, ...bad] }), {
      dialects: [DIALECTS.waku]
    })

    expect(await discoverIds()).toEqual([alice.peerId])
    expect(status()).toMatchObject({ dialect: 'waku', invalidRegistrations: bad.length })
  })
})
