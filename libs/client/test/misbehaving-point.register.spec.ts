import { AbortError } from '@libp2p/interface'
import { DIALECTS } from '@rendezvous-cluster/wire'
import { afterEach, describe, expect, it } from 'vitest'
import { RefusedError } from '../src/errors.ts'
import type { RegistrationState } from '../src/registration-keeper.ts'
import {
  type ClientNode,
  type ClientNodeInit,
  failOnBackgroundErrors,
  startClient
} from './client-node.ts'
import { NO_ANSWERS, PATIENCE_MS, refuse } from './no-answers.ts'
import { polite, type Script, StubPoint, type StubPointInit, silent } from './stub-point.ts'

const namespace = 'test'

describe('a client that registers at a point', () => {
  let point: StubPoint
  let node: ClientNode

  failOnBackgroundErrors()

  afterEach(async () => {
    await node.stop()
    await point.stop()
  })

  async function start(
    script: Script,
    {
      dialects,
      endsStreams,
      ...init
    }: StubPointInit & Omit<ClientNodeInit, 'points' | 'dialects'> = {}
  ): Promise<void> {
    point = await StubPoint.start({ dialects, endsStreams })
    point.script = script
    node = await startClient({ ...init, points: [point.address] })
  }

  const register = (ttlSeconds?: number): Promise<void> =>
    node.services.rendezvous.register(namespace, { ttlSeconds })

  const state = (): RegistrationState | undefined =>
    node.services.rendezvous.registrations[0]?.state

  const status = () => node.services.rendezvous.points[0]

  describe('is registered where it', () => {
    it.each<[string, Script]>([
      [
        'ends each stream after its answer',
        (asked) => {
          polite(asked)
          asked.stream.close()
        }
      ],
      [
        'resets each stream that it has answered',
        (asked) => {
          polite(asked)
          asked.stream.addEventListener('remoteCloseWrite', () => {
            asked.stream.abort(new Error('done'))
          })
        }
      ],
      [
        'closes the connection after each answer',
        (asked) => {
          polite(asked)
          asked.connection.close()
        }
      ],
      [
        'sends more than was asked for',
        ({ registered, discovered }) => {
          registered()
          discovered()
          registered({ status: 300 })
        }
      ]
    ])('%s', async (_what, script) => {
      await start(script)

      await register()

      expect(state()).toMatchObject({ status: 'active', ttlSeconds: 7200, point: point.address })
      expect(status()).toMatchObject({ failures: 0, lastError: undefined })
    })
  })

  it.each([
    [0n, 1],
    [2n ** 63n, 259_200],
    [2n ** 64n - 1n, 259_200]
  ])('takes a lifetime of %i seconds for one of %i', async (ttl, taken) => {
    await start(({ registered }) => registered({ ttl }))

    await register()

    expect(state()).toMatchObject({ status: 'active', ttlSeconds: taken })
  })

  it('takes the lifetime of a point that takes none so short', async () => {
    await start(({ request, registered }) => {
      const isShort = request.type === 'register' && request.ttl != null && request.ttl < 7200n

      registered(isShort ? { status: 102 } : { ttl: 10_000n })
    })

    await register(20)

    expect(state()).toMatchObject({ status: 'active', ttlSeconds: 10_000 })
    expect(point.requests).toMatchObject([{ ttl: 20n }, { ttl: undefined }])
  })

  it('does not ask for ever what lifetime a point takes', async () => {
    await start((asked) => refuse(asked, 102, 'bad ttl'))

    await expect(register(20)).rejects.toEqual(new RefusedError(102, 'bad ttl'))
    expect(point.requests).toHaveLength(2)
  })

  it('shows a point that cannot read its record the other kinds of it, once each', async () => {
    await start((asked) => refuse(asked, 101, 'invalid peer record'))

    await expect(register()).rejects.toEqual(new RefusedError(101, 'invalid peer record'))
    expect(point.requests).toHaveLength(2)
    expect(status()).toMatchObject({ isCurrent: true, failures: 0 })
  })

  it('is registered though that was ended and begun anew before it was granted', async () => {
    await start(polite)

    const { rendezvous } = node.services
    const first = expect(register()).rejects.toBeInstanceOf(AbortError)
    const ended = rendezvous.unregister(namespace)
    const second = register()

    await Promise.all([first, ended, second])

    expect(rendezvous.registrations).toMatchObject([{ state: { status: 'active' } }])
  })

  it('is not kept registered where the point refuses', async () => {
    await start((asked) => refuse(asked, 200, 'not you'))

    await expect(register()).rejects.toEqual(new RefusedError(200, 'not you'))
    expect(node.services.rendezvous.registrations).toEqual([])
  })

  describe('tells why it is not registered, and is so later, where it', () => {
    it.each(NO_ANSWERS)('%s', async (_what, script, reason, timeoutMs) => {
      await start(script, { timeoutMs })
      node.services.rendezvous.keepRegistered(namespace)
      await expect.poll(() => state()?.status).toBe('failing')

      expect(state()).toMatchObject({ error: { message: expect.stringMatching(reason) } })
      expect(status()?.lastError?.message).toMatch(reason)

      point.script = polite

      await expect.poll(() => state()?.status).toBe('active')
      expect(status()).toMatchObject({ failures: 0, retryAtMs: undefined })
    })
  })

  it('is registered under more namespaces than a point takes streams, in turn', async () => {
    const namespaces = Array.from({ length: 40 }, (_, index) => `test-${index}`)

    await start(polite, { register: namespaces })

    await expect
      .poll(() => node.services.rendezvous.registrations.map(({ state }) => state.status))
      .toEqual(namespaces.map(() => 'active'))
    expect(point.count('register')).toBe(namespaces.length)
    expect(status()).toMatchObject({ failures: 0, lastError: undefined })
    expect(point.openStreamsMax).toBeLessThanOrEqual(16)
  })

  it('takes one silence for one failure, however many requests it ends', async () => {
    await start(silent, {
      register: Array.from({ length: 8 }, (_, index) => `test-${index}`),
      timeoutMs: PATIENCE_MS
    })

    await expect.poll(() => state()?.status).toBe('failing')

    expect(status()?.failures).toBe(1)
  })

  it('stops although a point does not take an UNREGISTER', async () => {
    await start(({ request, registered }) => request.type === 'register' && registered(), {
      endsStreams: false
    })
    await register()

    await node.stop()

    expect(point.count('unregister')).toBe(1)
  })

  it('has nothing to end where a dialect has no UNREGISTER', async () => {
    await start(polite, { dialects: [DIALECTS.waku] })
    await register()

    await node.services.rendezvous.unregister(namespace)

    expect(point.requests).toMatchObject([{ type: 'register' }])
    expect(node.services.rendezvous.registrations).toEqual([])
  })
})
