import { describe, expect, it, vi } from 'vitest'
import {
  CLUSTER_NAMESPACE,
  type ClusterRegistration,
  type DialectRules,
  type DiscoverAll,
  type DiscoverRequest,
  Namespace,
  PeerSession,
  RendezvousService,
  UnavailableError
} from '../src/index.ts'
import { fakeStore } from './fake-store.ts'
import { namespace, peerId, register, signedPeerRecord } from './service-under-test.ts'
import { wakuRules } from './waku-rules.ts'

const kind = 'peer-record'
const rules: DialectRules = {
  ...wakuRules,
  ttlSeconds: { default: 7200, min: 1, max: 259_200 },
  namespaceBytesMax: 255,
  isNamespaceText: true,
  isPaged: true,
  isListed: true,
  ownerMismatchStatus: 200
}

interface SetupInit {
  discoverAll?: DiscoverAll
  clusterNodes?: () => ClusterRegistration[]
}

function setup(init: SetupInit = {}) {
  const store = fakeStore()
  const onError = vi.fn()
  const service = new RendezvousService({ store, onError, ...init })
  const context = { rules, session: new PeerSession(peerId), withinMs: 3000 }

  return {
    store,
    onError,
    handle: (request: Parameters<RendezvousService['handle']>[0], of = rules) =>
      service.handle(request, { ...context, rules: of }),
    discover: (request: Partial<DiscoverRequest> = {}) =>
      service.handle({ type: 'discover', ...request }, context)
  }
}

describe('DISCOVER in a dialect that pages', () => {
  it('is a page of the store, with the namespace of each registration and the cursor', async () => {
    const { store, discover } = setup()
    const other = Namespace.fromText('other')

    store.page.mockResolvedValue({
      registrations: [
        { namespace, record: Uint8Array.of(1), ttlSeconds: 20, sequence: 5 },
        { namespace: other, record: Uint8Array.of(2), ttlSeconds: 300_000, sequence: 6 }
      ],
      cursor: 9
    })

    expect(await discover({ limit: 50n, from: { cursor: 4 } })).toEqual({
      type: 'discover',
      status: 0,
      statusText: '',
      namespace: new Uint8Array(),
      cursor: 9,
      kind,
      registrations: [
        { namespace: namespace.bytes, record: Uint8Array.of(1), ttlSeconds: 20, sequence: 5 },
        { namespace: other.bytes, record: Uint8Array.of(2), ttlSeconds: 259_200, sequence: 6 }
      ]
    })
    expect(store.page.mock.lastCall?.slice(0, 3)).toEqual([{ kind, namespace: undefined }, 4, 50])
    expect(store.sample).not.toHaveBeenCalled()
  })

  it.for([
    { name: 'absent', asked: undefined },
    { name: 'empty', asked: new Uint8Array() }
  ])('asks for all namespaces where it is $name, from the start', async ({ asked }) => {
    const { store, discover } = setup()

    await discover({ namespace: asked })

    expect(store.page.mock.lastCall?.slice(0, 3)).toEqual([{ kind, namespace: undefined }, 0, 1000])
  })

  it('refuses a cookie that can’t be read with 103, and the namespace before that', async () => {
    const { store, discover } = setup()

    expect(await discover({ namespace: namespace.bytes, from: 'invalid' })).toMatchObject({
      status: 103,
      statusText: 'bad cookie'
    })
    expect(await discover({ namespace: new Uint8Array(256), from: 'invalid' })).toMatchObject({
      status: 100
    })
    expect(store.page).not.toHaveBeenCalled()
  })

  it('refuses a namespace that is no text with 100', async () => {
    const { discover, handle } = setup()
    const binary = Uint8Array.of(0xff)

    expect(await discover({ namespace: binary })).toMatchObject({
      status: 100,
      statusText: 'invalid namespace'
    })
    expect(await handle(register({ namespace: binary }))).toMatchObject({ status: 100 })
  })

  it('refuses all namespaces where the operator does not show them', async () => {
    const { store, discover } = setup({ discoverAll: 'off' })

    expect(await discover()).toMatchObject({ status: 200, statusText: 'not authorized' })
    expect(await discover({ namespace: namespace.bytes })).toMatchObject({ status: 0 })
    expect(store.page).toHaveBeenCalledTimes(1)
  })
})

describe('DISCOVER of the cluster’s nodes in a dialect that pages', () => {
  const { bytes } = Namespace.fromText(CLUSTER_NAMESPACE)
  const nodesOf = (...places: number[]): ClusterRegistration[] =>
    places.map((sequence) => ({ record: Uint8Array.of(sequence), ttlSeconds: 10, sequence }))

  /** A page of a limit, as places, and where it goes on. */
  function pagesOf(present: { nodes: ClusterRegistration[] }, limit: bigint) {
    const { discover, store } = setup({ clusterNodes: () => present.nodes })

    return async (cursor?: number) => {
      const from = cursor == null ? undefined : { cursor }
      const page = await discover({ namespace: bytes, limit, from })

      expect(store.page).not.toHaveBeenCalled()

      return page.type === 'discover'
        ? { places: page.registrations.map(({ sequence }) => sequence), cursor: page.cursor }
        : undefined
    }
  }

  it('shows each node once, in whatever order they are told', async () => {
    const present = { nodes: nodesOf(3, 1, 2) }
    const page = pagesOf(present, 1n)

    expect(await page()).toEqual({ places: [1], cursor: 1 })
    present.nodes.reverse()
    expect(await page(1)).toEqual({ places: [2], cursor: 2 })
    expect(await page(2)).toEqual({ places: [3], cursor: 3 })
    expect(await page(3)).toEqual({ places: [], cursor: 3 })
  })

  it('misses none and repeats none though others come and go between two pages', async () => {
    const present = { nodes: nodesOf(10, 20, 30) }
    const page = pagesOf(present, 2n)

    expect(await page()).toEqual({ places: [10, 20], cursor: 20 })
    present.nodes = nodesOf(5, 20, 30, 40)
    expect(await page(20)).toEqual({ places: [30, 40], cursor: 40 })
    expect(await page()).toEqual({ places: [5, 20], cursor: 20 })
  })

  it('begins anew from a cursor that no node can have', async () => {
    const page = pagesOf({ nodes: nodesOf(1, 2) }, 5n)

    expect(await page(2 ** 48 - 1)).toEqual({ places: [], cursor: 2 ** 48 - 1 })
    expect(await page(2 ** 48)).toEqual({ places: [1, 2], cursor: 2 })
  })
})

describe('what all namespaces show', () => {
  it.for([
    ['libp2p', 'a dialect that lists', rules, namespace.bytes, true],
    ['libp2p', 'a dialect that does not', wakuRules, namespace.bytes, false],
    ['all', 'a dialect that does not', wakuRules, namespace.bytes, true],
    ['off', 'a dialect that lists', rules, namespace.bytes, false],
    ['all', 'a namespace of 256 bytes', wakuRules, new Uint8Array(256).fill(0x6e), false],
    ['all', 'a namespace that is no text', wakuRules, Uint8Array.of(0xff), false]
  ] as const)('%s: %s', async ([discoverAll, , of, bytes, isListed]) => {
    const { store, handle } = setup({ discoverAll })

    await handle(register({ namespace: bytes }), of)

    expect(store.put.mock.lastCall?.[0]).toMatchObject({ isListed, record: signedPeerRecord })
  })
})

describe('UNREGISTER', () => {
  it('removes the peer’s registration', async () => {
    const { store, handle } = setup()

    expect(await handle({ type: 'unregister', namespace: namespace.bytes })).toEqual({
      type: 'unregister',
      status: 0
    })
    expect(store.remove.mock.lastCall?.[0]).toEqual({ kind, namespace, peerId })
  })

  it.for([
    { name: 'absent', asked: undefined },
    { name: 'empty', asked: new Uint8Array() }
  ])('removes all of its kind where the namespace is $name', async ({ asked }) => {
    const { store, handle } = setup()

    await handle({ type: 'unregister', namespace: asked, peerId })

    expect(store.removeAll.mock.lastCall?.[0]).toEqual({ kind, peerId })
    expect(store.remove).not.toHaveBeenCalled()
  })

  it.for([
    { name: 'of somebody else', status: 0, request: { peerId: Uint8Array.of(1) } },
    { name: 'of a namespace too long', status: 100, request: { namespace: new Uint8Array(256) } },
    {
      name: 'of a namespace that is no text',
      status: 100,
      request: { namespace: Uint8Array.of(0xff) }
    }
  ])('$name changes nothing, and nobody is told', async ({ request, status }) => {
    const { store, handle, onError } = setup()

    expect(await handle({ type: 'unregister', ...request })).toEqual({ type: 'unregister', status })
    expect(store.remove).not.toHaveBeenCalled()
    expect(store.removeAll).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })

  it('tells who runs the node that the store was away', async () => {
    const { store, handle, onError } = setup()
    const error = new UnavailableError()

    store.remove.mockRejectedValue(error)

    expect(await handle({ type: 'unregister', namespace: namespace.bytes })).toMatchObject({
      status: 400
    })
    expect(onError).toHaveBeenCalledExactlyOnceWith(error)
  })
})
