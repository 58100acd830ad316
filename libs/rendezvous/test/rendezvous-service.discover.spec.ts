import { describe, expect, it } from 'vitest'
import { DISCOVER_LIMIT_MAX, Namespace, PeerSession, RendezvousService } from '../src/index.ts'
import { fakeStore } from './fake-store.ts'
import { wakuRules as rules } from './waku-rules.ts'

const namespace = Namespace.fromText('/waku/2/default')

function setup() {
  const store = fakeStore()
  const service = new RendezvousService({ store })
  const context = { rules, session: new PeerSession(Uint8Array.of(1)) }

  return {
    store,
    discover: (request: { namespace?: Uint8Array; limit?: bigint }) =>
      service.handle({ type: 'discover', ...request }, context)
  }
}

describe('DISCOVER', () => {
  it('what the store draws is the answer', async () => {
    const { store, discover } = setup()
    const registrations = [
      { record: Uint8Array.of(1), ttlSeconds: 20 },
      { record: Uint8Array.of(2), ttlSeconds: 1 }
    ]

    store.sample.mockResolvedValue(registrations)

    expect(await discover({ namespace: namespace.bytes })).toEqual({
      type: 'discover',
      status: 0,
      statusText: '',
      namespace: namespace.bytes,
      registrations: registrations.map((found) => ({ ...found, namespace: namespace.bytes }))
    })
    expect(store.sample.mock.lastCall?.[0]).toEqual({ kind: 'peer-record', namespace })
  })

  it.for([
    [undefined, DISCOVER_LIMIT_MAX],
    [0n, DISCOVER_LIMIT_MAX],
    [-1n, DISCOVER_LIMIT_MAX],
    [1n, 1],
    [1000n, 1000],
    [1001n, 1000],
    [2n ** 63n - 1n, 1000],
    [-(2n ** 63n), 1000]
  ] as const)('a limit of %s asks the store for %i', async ([limit, asked]) => {
    const { store, discover } = setup()

    await discover({ namespace: namespace.bytes, limit })

    expect(store.sample.mock.lastCall?.[1]).toBe(asked)
  })

  it.for([
    { name: 'without a namespace', namespace: undefined },
    { name: 'of an empty namespace', namespace: new Uint8Array() }
  ])('$name: none, and the store is not asked', async (request) => {
    const { store, discover } = setup()

    expect(await discover({ namespace: request.namespace, limit: 5n })).toEqual({
      type: 'discover',
      status: 0,
      statusText: '',
      namespace: new Uint8Array(),
      registrations: []
    })
    expect(store.sample).not.toHaveBeenCalled()
  })

  it('a namespace of 256 bytes is within bounds', async () => {
    const { discover } = setup()

    expect(await discover({ namespace: new Uint8Array(256) })).toMatchObject({ status: 0 })
  })

  it('a namespace of 257 bytes is too long, and comes back in the answer with none', async () => {
    const { store, discover } = setup()
    const tooLong = new Uint8Array(257).fill(0x6e)

    expect(await discover({ namespace: tooLong })).toEqual({
      type: 'discover',
      status: 100,
      statusText: 'namespace too long',
      namespace: tooLong,
      registrations: []
    })
    expect(store.sample).not.toHaveBeenCalled()
  })

  it('a lifetime beyond the dialect’s maximum is shown as the maximum', async () => {
    const { store, discover } = setup()

    store.sample.mockResolvedValue(
      [21, 7200, 20, 3].map((ttlSeconds) => ({ record: Uint8Array.of(1), ttlSeconds }))
    )

    const response = await discover({ namespace: namespace.bytes })

    expect(response).toMatchObject({
      registrations: [20, 20, 20, 3].map((ttlSeconds) => ({ ttlSeconds }))
    })
  })
})
