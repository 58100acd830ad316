import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RefusedError } from '../src/errors.ts'
import { type ClientNode, failOnBackgroundErrors, startClient } from './client-node.ts'
import { NO_ANSWERS, refuse } from './no-answers.ts'
import type { StubRegistration } from './stub-answers.ts'
import { type Script, StubPoint } from './stub-point.ts'
import { badRegistrations, createPeer, type StubPeer } from './stub-records.ts'

const namespace = 'test'

describe('a client that watches a namespace at a point', () => {
  let alice: StubPeer
  let bob: StubPeer
  let atAlice: StubRegistration
  let atBob: StubRegistration
  let bad: StubRegistration[]
  let point: StubPoint
  let node: ClientNode
  let controller: AbortController
  /** Whom it was told of, in order. */
  let found: string[]
  let watching: Promise<void>

  failOnBackgroundErrors()

  beforeAll(async () => {
    ;[alice, bob, bad] = await Promise.all([
      createPeer(),
      createPeer(),
      badRegistrations(namespace)
    ])
    atAlice = { namespace, record: await alice.seal(1), ttl: 60n }
    atBob = { namespace, record: await bob.seal(1), ttl: 60n }
  })

  afterEach(async () => {
    controller.abort()
    await watching
    await node.stop()
    await point.stop()
  })

  async function start(script: Script, timeoutMs?: number): Promise<void> {
    found = []
    controller = new AbortController()
    point = await StubPoint.start()
    point.script = script
    node = await startClient({ points: [point.address], watchIntervalMs: 20, timeoutMs })
    watching = watch().catch(() => {})
  }

  async function watch(): Promise<void> {
    const { signal } = controller

    for await (const { peerId } of node.services.rendezvous.watch(namespace, { signal })) {
      found.push(peerId.toString())
    }
  }

  const status = () => node.services.rendezvous.points[0]

  describe('says what is wrong, and finds a peer later, where it', () => {
    it.each(NO_ANSWERS)('%s', async (_what, script, reason, timeoutMs) => {
      await start(script, timeoutMs)
      await expect.poll(() => status()?.lastError?.message).toMatch(reason)

      point.script = ({ discovered }) => discovered({ registrations: [atAlice] })

      await expect.poll(() => found).toEqual([alice.peerId])
    })
  })

  it.each<[string, Script]>([
    ['sends it again and again', ({ discovered }) => discovered({ registrations: [atAlice] })],
    [
      'sends pages for ever',
      ({ index, discovered }) =>
        discovered({ registrations: [atAlice], cookie: Uint8Array.of(index >> 8, index) })
    ],
    [
      'sends bad records as well',
      ({ discovered }) => discovered({ registrations: [...bad, atAlice] })
    ],
    [
      'forgets each cookie',
      (asked) => {
        const { request, discovered } = asked
        const isAfresh = request.type === 'discover' && request.from == null

        isAfresh
          ? discovered({ registrations: [atAlice], cookie: Uint8Array.of(0xff) })
          : refuse(asked, 103)
      }
    ]
  ])('finds a peer once where the point %s', async (_what, script) => {
    await start(script)
    await expect.poll(() => point.requests.length).toBeGreaterThan(5)

    const before = [...found]

    point.script = ({ discovered }) => discovered({ registrations: [atAlice, atBob] })

    await expect.poll(() => found).toContain(bob.peerId)
    expect(before).toEqual([alice.peerId])
    expect(found).toEqual([alice.peerId, bob.peerId])
  })

  it('does not ask with a cookie that was refused', async () => {
    await start(({ index, discovered, ...asked }) => {
      if (index === 0) {
        discovered({ registrations: [atAlice], cookie: Uint8Array.of(0xff) })
      } else if (index === 1) {
        refuse({ ...asked, index, discovered }, 103)
      } else {
        discovered({ registrations: [atAlice] })
      }
    })
    await expect.poll(() => point.requests.length).toBeGreaterThan(4)

    expect(
      point.requests.slice(0, 5).map((request) => request.type === 'discover' && request.from)
    ).toEqual([undefined, 'invalid', undefined, undefined, undefined])
  })

  it('goes on with the cookie of before where a page has none', async () => {
    await start(({ index, discovered }) =>
      discovered(index === 0 ? { registrations: [atAlice], cookie: Uint8Array.of(0xff) } : {})
    )
    await expect.poll(() => point.requests.length).toBeGreaterThan(3)

    expect(
      point.requests.slice(1, 4).map((request) => request.type === 'discover' && request.from)
    ).toEqual(['invalid', 'invalid', 'invalid'])
  })

  it('ends where it is refused', async () => {
    point = await StubPoint.start()
    point.script = (asked) => refuse(asked, 200, 'not you')
    node = await startClient({ points: [point.address] })
    controller = new AbortController()
    watching = Promise.resolve()

    await expect(watch()).rejects.toEqual(new RefusedError(200, 'not you'))
  })

  it('tells of peers in the background as well, and of no others', async () => {
    const told: string[] = []

    await start(({ discovered }) => discovered())
    await node.stop()
    node = await startClient({
      points: [point.address],
      discover: [namespace],
      watchIntervalMs: 20
    })
    node.services.rendezvous.addEventListener('peer', ({ detail }) =>
      told.push(detail.id.toString())
    )
    point.script = ({ discovered }) => discovered({ registrations: [...bad, atAlice] })

    await expect.poll(() => told).toEqual([alice.peerId])
    expect(status()?.invalidRegistrations).toBeGreaterThanOrEqual(bad.length)
  })
})
