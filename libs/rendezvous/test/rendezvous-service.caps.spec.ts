import { describe, expect, it, vi } from 'vitest'
import {
  CAPS_DEFAULT,
  CapReachedError,
  CLUSTER_NAMESPACE,
  type ClusterRegistration,
  ipPrefixOf,
  Namespace,
  PeerSession,
  type RegistrationCaps,
  RendezvousService,
  type RendezvousServiceComponents
} from '../src/index.ts'
import { fakeStore } from './fake-store.ts'
import { foreignRecord, namespace, peerId, refused, register } from './service-under-test.ts'
import { wakuRules as rules } from './waku-rules.ts'

function setup(components: Partial<RendezvousServiceComponents> = {}, ip?: Uint8Array) {
  const store = fakeStore()
  const onError = vi.fn()
  const metrics = { verifyCache: vi.fn(), capReached: vi.fn(), policyRefused: vi.fn() }
  const service = new RendezvousService({ store, onError, metrics, ...components })
  const context = { rules, session: new PeerSession(peerId, { ip }), withinMs: 3000 }

  return {
    store,
    onError,
    metrics,
    register: (fields?: Parameters<typeof register>[0]) =>
      service.handle(register(fields), context),
    discover: (bytes: Uint8Array, limit?: bigint) =>
      service.handle({ type: 'discover', namespace: bytes, limit }, context)
  }
}

describe('caps', () => {
  it('are the defaults where nothing else is said', async () => {
    const { register, store } = setup()

    await register()

    expect(store.put.mock.lastCall?.[1]).toEqual({ withinMs: 3000, caps: CAPS_DEFAULT })
  })

  it('are those that are set', async () => {
    const caps: RegistrationCaps = { perPeer: 1, perNamespace: 2, namespaces: 3 }
    const { register, store } = setup({ caps })

    await register()

    expect(store.put.mock.lastCall?.[1]?.caps).toEqual(caps)
  })

  it.each([
    ['peer', 200, 'too many registrations'],
    ['namespace', 400, 'unavailable, try again later'],
    ['prefix', 400, 'unavailable, try again later'],
    ['namespaces', 400, 'unavailable, try again later']
  ] as const)('that of %s, reached: %i %s, and it is counted', async (cap, status, text) => {
    const { register, store, metrics, onError } = setup()

    store.put.mockRejectedValue(new CapReachedError(cap))

    expect(await register()).toEqual({ type: 'register', status, statusText: text, ttlSeconds: 0 })
    expect(metrics.capReached).toHaveBeenCalledExactlyOnceWith(cap)
    expect(onError).not.toHaveBeenCalled()
  })

  it('are not reached by what is stored, or refused for another reason', async () => {
    const { register, metrics } = setup()

    await register()
    await register({ ttl: 21n })

    expect(metrics.capReached).not.toHaveBeenCalled()
  })
})

describe('the IP prefix of a registration', () => {
  const ip = Uint8Array.of(203, 0, 113, 7)

  it('is that of the connection', async () => {
    const { register, store } = setup({}, ip)

    await register()

    expect(store.put.mock.lastCall?.[0].ipPrefix).toBe(ipPrefixOf(ip))
  })

  it('is not known where the connection shows no address', async () => {
    const { register, store } = setup()

    await register()

    expect(store.put.mock.lastCall?.[0].ipPrefix).toBeUndefined()
  })

  it('is left out for addresses that are held to no limit', async () => {
    const isLimitedIp = vi.fn(() => false)
    const { register, store } = setup({ isLimitedIp }, ip)

    await register()

    expect(store.put.mock.lastCall?.[0].ipPrefix).toBeUndefined()
    expect(isLimitedIp).toHaveBeenCalledExactlyOnceWith(ip)
  })

  it.each([
    [undefined, false],
    [5, true]
  ])('at a cap of %s, spreads a DISCOVER that samples: %s', async (perPrefix, isSpread) => {
    const { discover, store } = setup({ caps: { ...CAPS_DEFAULT, perPrefix } })

    await discover(namespace.bytes)

    expect(store.sample.mock.lastCall?.[2]).toEqual({ isSpread })
  })
})

describe('the namespace of the cluster’s own nodes', () => {
  const reserved = Namespace.fromText(CLUSTER_NAMESPACE).bytes
  const nodes: ClusterRegistration[] = [3, 1, 2].map((sequence) => ({
    record: Uint8Array.of(sequence),
    ttlSeconds: 10,
    sequence
  }))

  it.each([
    ['a sound record', {}],
    ['no record', { signedPeerRecord: undefined }],
    ['an empty record', { signedPeerRecord: new Uint8Array() }],
    ['another peer’s record', { signedPeerRecord: foreignRecord }],
    ['a bad ttl', { ttl: -1n }]
  ])('takes no REGISTER with %s, and looks at nothing of it', async (_name, fields) => {
    const { register, store, metrics, onError } = setup({ clusterNodes: () => nodes })

    const response = await register({ namespace: reserved, ...fields })

    expect(response).toEqual({
      type: 'register',
      ...refused(200, 'not authorized'),
      ttlSeconds: 0
    })
    expect(store.put).not.toHaveBeenCalled()
    expect(metrics.verifyCache).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })

  it.each([
    [undefined, 3],
    [0n, 3],
    [-1n, 3],
    [1n, 1],
    [2n, 2],
    [3n, 3],
    [1000n, 3]
  ])('shows the nodes, at a limit of %s %i of them, and asks no store', async (limit, count) => {
    const { discover, store } = setup({ clusterNodes: () => nodes })

    expect(await discover(reserved, limit)).toEqual({
      type: 'discover',
      status: 0,
      statusText: '',
      namespace: reserved,
      registrations: nodes.slice(0, count).map((node) => ({ ...node, namespace: reserved }))
    })
    expect(store.sample).not.toHaveBeenCalled()
    expect(store.page).not.toHaveBeenCalled()
  })

  it('shows at most 1000 nodes', async () => {
    const many = Array.from({ length: 1001 }, () => nodes[0] as ClusterRegistration)
    const { discover } = setup({ clusterNodes: () => many })

    expect(await discover(reserved)).toHaveProperty('registrations.length', 1000)
  })

  it('shows the nodes that there are at the time', async () => {
    let present: ClusterRegistration[] = []
    const { discover } = setup({ clusterNodes: () => present })
    const before = await discover(reserved)

    present = nodes.slice(1)

    expect(before).toMatchObject({ status: 0, registrations: [] })
    expect(await discover(reserved)).toMatchObject({ status: 0, registrations: nodes.slice(1) })
  })

  it('is empty where nobody says which nodes there are, and asks no store', async () => {
    const { discover, store } = setup()

    store.sample.mockResolvedValue(nodes)

    expect(await discover(reserved)).toMatchObject({ status: 0, registrations: [] })
    expect(store.sample).not.toHaveBeenCalled()
  })

  it.each([
    'rendezvous/cluster/',
    'rendezvous/cluster2',
    'rendezvous/cluste',
    '/rendezvous/cluster',
    'Rendezvous/cluster',
    'rendezvous/cluster\0',
    ' rendezvous/cluster'
  ])('is not %j, which is ordinary', async (text) => {
    const clusterNodes = vi.fn(() => nodes)
    const { register, discover, store } = setup({ clusterNodes })
    const { bytes } = Namespace.fromText(text)

    expect(await register({ namespace: bytes })).toMatchObject({ status: 0 })
    expect(await discover(bytes)).toMatchObject({ status: 0, registrations: [] })
    expect(store.put).toHaveBeenCalledOnce()
    expect(store.sample).toHaveBeenCalledOnce()
    expect(clusterNodes).not.toHaveBeenCalled()
  })
})
