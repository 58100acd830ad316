import { describe, expect, it, vi } from 'vitest'
import {
  CAPS_DEFAULT,
  CLUSTER_NAMESPACE,
  type DialectRules,
  type DiscoverRequest,
  Namespace,
  type NamespacePolicy,
  type PagedRegistration,
  PeerSession,
  type RegisterRequest,
  RendezvousService,
  type UnregisterRequest
} from '../src/index.ts'
import { fakeStore } from './fake-store.ts'
import { sealAddresses } from './seal-by-hand.ts'
import {
  foreignRecord,
  namespace,
  peerId,
  privateKey,
  refused,
  register,
  signedPeerRecord
} from './service-under-test.ts'
import { wakuRules } from './waku-rules.ts'

const pagedRules: DialectRules = {
  ...wakuRules,
  ttlSeconds: { default: 7200, min: 1, max: 259_200 },
  isPaged: true,
  isListed: true
}

const bare = await sealAddresses(privateKey, [])
const forged = foreignRecord.with(-1, 0xff)

/** A service with a policy for every namespace, or for each one its own. */
function setup(policy: NamespacePolicy | ((namespace: Namespace) => NamespacePolicy) = {}) {
  const policyOf = vi.fn(typeof policy === 'function' ? policy : () => policy)
  const store = fakeStore()
  const onError = vi.fn()
  const metrics = { verifyCache: vi.fn(), capReached: vi.fn(), policyRefused: vi.fn() }
  const service = new RendezvousService({ store, policyOf, onError, metrics })
  const session = new PeerSession(peerId, { ip: Uint8Array.of(192, 0, 2, 1) })
  const context = { rules: wakuRules, session, withinMs: 3000 }

  return {
    policyOf,
    session,
    store,
    metrics,
    register: (fields?: Partial<RegisterRequest>, rules = wakuRules) =>
      service.handle(register(fields), { ...context, rules }),
    discover: (request: Partial<DiscoverRequest> = {}, rules = pagedRules) =>
      service.handle({ type: 'discover', ...request }, { ...context, rules }),
    unregister: (request: Partial<UnregisterRequest> = {}) =>
      service.handle({ type: 'unregister', ...request }, { ...context, rules: pagedRules })
  }
}

function listed(text: string, sequence: number): PagedRegistration {
  return {
    namespace: Namespace.fromText(text),
    record: Uint8Array.of(sequence),
    ttlSeconds: 9,
    sequence
  }
}

describe('a policy', () => {
  it('is asked for the namespace, once for each request', async () => {
    const { policyOf, register, discover } = setup()

    await register()
    await discover({ namespace: Namespace.fromText('other').bytes })

    expect(policyOf.mock.calls.map(([{ key }]) => key)).toEqual([namespace.key, 'other'])
  })

  it('that says nothing changes nothing', async () => {
    const { register, store } = setup({})

    expect(await register({}, pagedRules)).toMatchObject({ status: 0, ttlSeconds: 7200 })
    expect(store.put).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ ttlSeconds: 7200, isListed: true }),
      { withinMs: 3000, caps: CAPS_DEFAULT }
    )
  })

  it('is not asked for what is no namespace', async () => {
    const { policyOf, register, discover } = setup({ isDenied: true })

    expect(await register({ namespace: new Uint8Array() })).toMatchObject({ status: 100 })
    expect(await discover({ namespace: new Uint8Array(257) })).toMatchObject({ status: 100 })
    expect(policyOf).not.toHaveBeenCalled()
  })

  it('is not asked for the namespace of the cluster, which stays readable', async () => {
    const { policyOf, discover, store } = setup({ isDenied: true })
    const { bytes } = Namespace.fromText(CLUSTER_NAMESPACE)

    expect(await discover({ namespace: bytes })).toMatchObject({ status: 0 })
    expect(policyOf).not.toHaveBeenCalled()
    expect(store.page).not.toHaveBeenCalled()
  })
})

describe('a refusal', () => {
  it.each<[string, number, NamespacePolicy, Partial<RegisterRequest>]>([
    ['access', 200, { isDenied: true }, {}],
    ['peer-id', 200, { mayRegister: () => false }, {}],
    ['addresses', 101, { takesAddresses: () => false }, {}],
    ['ttl', 102, { ttlSeconds: { max: 10 } }, { ttl: 11n }],
    ['ttl', 102, { ttlSeconds: { min: 10 } }, { ttl: 9n }],
    ['ttl', 102, { ttlSeconds: { min: 600 } }, {}]
  ])('by the rule of %s is counted, once', async (rule, status, policy, fields) => {
    const { register, metrics } = setup(policy)

    expect(await register(fields)).toMatchObject({ status })
    expect(metrics.policyRefused).toHaveBeenCalledExactlyOnceWith(rule)
  })

  it('of a DISCOVER in a namespace that is denied is counted, once', async () => {
    const { discover, metrics } = setup({ isDenied: true })

    expect(await discover({ namespace: namespace.bytes })).toMatchObject({ status: 200 })
    expect(metrics.policyRefused).toHaveBeenCalledExactlyOnceWith('access')
  })

  it('by anything else is not counted as one of the policy', async () => {
    const { register, discover, metrics } = setup({ ttlSeconds: { max: 10 } })

    expect(await register({ ttl: 21n })).toMatchObject({ status: 102 })
    expect(await register({ ttl: -1n })).toMatchObject({ status: 102 })
    expect(await register({ signedPeerRecord: forged })).toMatchObject({ status: 101 })
    expect(
      await register({ namespace: Namespace.fromText(CLUSTER_NAMESPACE).bytes })
    ).toMatchObject({ status: 200 })
    expect(await register({ ttl: 10n })).toMatchObject({ status: 0 })
    expect(await discover()).toMatchObject({ status: 0 })
    expect(metrics.policyRefused).not.toHaveBeenCalled()
  })
})

describe('the order of checks on a REGISTER', () => {
  const policy: NamespacePolicy = {
    isDenied: true,
    mayRegister: () => false,
    takesAddresses: () => false,
    ttlSeconds: { max: 10 },
    registrationsMax: 5
  }

  /** Each row is also wrong in every way that is checked later. */
  const order: [number, string, NamespacePolicy, Partial<RegisterRequest>][] = [
    [100, 'unspecified namespace', policy, { namespace: undefined, signedPeerRecord: undefined }],
    [200, 'not authorized', policy, { signedPeerRecord: undefined }],
    [200, 'not authorized', { ...policy, isDenied: false }, { signedPeerRecord: undefined }],
    [101, 'missing signed peer record', openTo(policy), { signedPeerRecord: undefined }],
    [101, 'invalid peer record', openTo(policy), { signedPeerRecord: forged }],
    [101, 'peer id mismatch', openTo(policy), { signedPeerRecord: foreignRecord }],
    [101, 'missing peer addresses', openTo(policy), { signedPeerRecord: bare }],
    [101, 'invalid peer record', openTo(policy), {}],
    [102, 'bad ttl', { ...openTo(policy), takesAddresses: () => true }, {}]
  ]

  it.for(order)('has %i %s before what is checked later', async ([status, text, laid, fault]) => {
    const { register, store } = setup(laid)

    const response = await register({ ttl: 11n, ...fault })

    expect(response).toEqual({ type: 'register', status, statusText: text, ttlSeconds: 0 })
    expect(store.put).not.toHaveBeenCalled()
  })

  it('ends with the caps, in the store', async () => {
    const { register, store } = setup({ ...openTo(policy), takesAddresses: () => true })

    expect(await register({ ttl: 10n })).toMatchObject({ status: 0, ttlSeconds: 10 })
    expect(store.put.mock.lastCall?.[1]?.caps).toEqual({ ...CAPS_DEFAULT, perNamespace: 5 })
  })

  it('costs no verification where the namespace is refused', async () => {
    const { register, metrics } = setup({ mayRegister: () => false })

    await register()

    expect(metrics.verifyCache).not.toHaveBeenCalled()
  })

  function openTo(all: NamespacePolicy): NamespacePolicy {
    return { ...all, isDenied: false, mayRegister: () => true }
  }
})

describe('a namespace that is denied', () => {
  const denyOther = ({ key }: Namespace) => ({ isDenied: key === 'other' })
  const other = Namespace.fromText('other').bytes

  it('takes no REGISTER, and others do', async () => {
    const { register } = setup(denyOther)

    expect(await register({ namespace: other })).toMatchObject(refused(200, 'not authorized'))
    expect(await register()).toMatchObject({ status: 0 })
  })

  it.each([
    ['samples', wakuRules],
    ['pages', pagedRules]
  ])('is refused to a DISCOVER that %s, before the store is asked', async (_name, rules) => {
    const { discover, store } = setup(denyOther)

    expect(await discover({ namespace: other }, rules)).toEqual({
      type: 'discover',
      ...refused(200, 'not authorized'),
      namespace: other,
      registrations: []
    })
    expect(store.sample).not.toHaveBeenCalled()
    expect(store.page).not.toHaveBeenCalled()
    expect(await discover({ namespace: namespace.bytes }, rules)).toMatchObject({ status: 0 })
  })

  it('is refused before a bad cookie', async () => {
    const { discover } = setup(denyOther)

    expect(await discover({ namespace: other, from: 'invalid' })).toMatchObject({ status: 200 })
  })

  it('is left by UNREGISTER all the same', async () => {
    const { unregister, store } = setup(denyOther)

    expect(await unregister({ namespace: other })).toEqual({ type: 'unregister', status: 0 })
    expect(store.remove.mock.lastCall?.[0].namespace.key).toBe('other')
  })
})

describe('who may register', () => {
  it('is asked by the id of the connection’s peer', async () => {
    const mayRegister = vi.fn(() => true)
    const { register } = setup({ mayRegister })

    expect(await register()).toMatchObject({ status: 0 })
    expect(mayRegister).toHaveBeenCalledExactlyOnceWith(peerId)
  })

  it('says nothing of who may discover', async () => {
    const { register, discover } = setup({ mayRegister: () => false })

    expect(await register()).toMatchObject(refused(200, 'not authorized'))
    expect(await discover({ namespace: namespace.bytes })).toMatchObject({ status: 0 })
  })
})

describe('the addresses of a record', () => {
  it('are judged as they are signed, with the connection they come over', async () => {
    const takesAddresses = vi.fn(() => true)
    const { register, session } = setup({ takesAddresses })

    expect(await register()).toMatchObject({ status: 0 })
    expect(takesAddresses).toHaveBeenCalledExactlyOnceWith(
      [Uint8Array.of(4, 192, 0, 2, 1, 6, 0xea, 0x60)],
      session
    )
  })

  it('are judged again when the record is known', async () => {
    const takesAddresses = vi.fn().mockReturnValueOnce(true).mockReturnValue(false)
    const { register } = setup({ takesAddresses })

    expect(await register()).toMatchObject({ status: 0 })
    expect(await register({ signedPeerRecord })).toMatchObject(refused(101, 'invalid peer record'))
  })
})

describe('bounds of the TTL', () => {
  const dialect = wakuRules.ttlSeconds

  it.for<[string, NonNullable<NamespacePolicy['ttlSeconds']>, bigint | undefined, number]>([
    ['none', {}, undefined, 20],
    ['a maximum', { max: 10 }, 10n, 10],
    ['a minimum', { min: 5 }, 5n, 5],
    ['a minimum', { min: 5 }, 20n, 20],
    ['a maximum beyond the dialect’s', { max: 600 }, 20n, 20],
    ['a default', { default: 7 }, undefined, 7],
    ['a default', { default: 7 }, 0n, 7],
    ['a default', { default: 7 }, 8n, 8],
    ['a default beyond the dialect’s maximum', { default: 3600 }, undefined, dialect.max],
    ['a maximum below the dialect’s default', { max: 10 }, undefined, 10],
    ['all of them', { min: 5, default: 6, max: 7 }, undefined, 6]
  ])('with %s %j grant %s as %i s', async ([_name, ttlSeconds, ttl, granted]) => {
    const { register, store } = setup({ ttlSeconds })

    expect(await register({ ttl })).toMatchObject({ status: 0, ttlSeconds: granted })
    expect(store.put.mock.lastCall?.[0].ttlSeconds).toBe(granted)
  })

  it('move a default below the dialect’s minimum up to it', async () => {
    const { register } = setup({ ttlSeconds: { default: 5 } })
    const rules = { ...wakuRules, ttlSeconds: { ...dialect, min: 10 } }

    expect(await register({}, rules)).toMatchObject({ status: 0, ttlSeconds: 10 })
  })

  it('move the dialect’s default up to a minimum', async () => {
    const { register } = setup({ ttlSeconds: { min: 9000 } })

    expect(await register({}, pagedRules)).toMatchObject({ status: 0, ttlSeconds: 9000 })
  })

  it.for<[NonNullable<NamespacePolicy['ttlSeconds']>, bigint | undefined]>([
    [{ max: 10 }, 11n],
    [{ min: 5 }, 4n],
    [{ max: 600 }, 21n],
    [{ min: 5 }, -1n],
    [{ min: 21 }, 21n],
    [{ min: 21 }, undefined],
    [{ min: 21, default: 30 }, 0n]
  ])('%j refuse %s', async ([ttlSeconds, ttl]) => {
    const { register, store } = setup({ ttlSeconds })

    expect(await register({ ttl })).toMatchObject(refused(102, 'bad ttl'))
    expect(store.put).not.toHaveBeenCalled()
  })
})

describe('DISCOVER of all namespaces', () => {
  const isHidden = ({ key }: Namespace): boolean => key.startsWith('hidden')
  const hide = (of: Namespace): NamespacePolicy => ({ isListed: !isHidden(of) })
  const deny = (of: Namespace): NamespacePolicy => ({ isDenied: isHidden(of) })

  it('is not to show what is registered where the policy says so', async () => {
    const { register, store } = setup(hide)

    await register({ namespace: Namespace.fromText('hidden').bytes }, pagedRules)
    await register({}, pagedRules)

    expect(store.put.mock.calls.map(([{ isListed }]) => isListed)).toEqual([false, true])
  })

  it('does not show more than the dialect does', async () => {
    const { register, store } = setup({ isListed: true })

    await register()

    expect(store.put.mock.lastCall?.[0].isListed).toBe(false)
  })

  it.each([
    ['unlisted', hide],
    ['denied', deny]
  ])('leaves out what was listed before its namespace was %s', async (_name, policy) => {
    const { discover, store } = setup(policy)

    store.page.mockResolvedValue({
      registrations: [listed('a', 1), listed('hidden', 2), listed('b', 3)],
      cursor: 3
    })

    expect(await discover()).toMatchObject({
      status: 0,
      cursor: 3,
      registrations: [{ sequence: 1 }, { sequence: 3 }]
    })
  })

  it('reads on where all of a page is hidden, and stops at the first one that is not', async () => {
    const { discover, store } = setup(hide)

    store.page.mockImplementation(async (_source, after) => ({
      registrations: [listed(after < 2 ? 'hidden' : 'shown', after + 1)],
      cursor: after + 1
    }))

    expect(await discover({ limit: 1n })).toMatchObject({
      cursor: 3,
      registrations: [{ sequence: 3 }]
    })
    expect(store.page.mock.calls.map(([, after, limit]) => [after, limit])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1]
    ])
  })

  it('ends at the head', async () => {
    const { discover, store } = setup(hide)

    store.page
      .mockResolvedValueOnce({ registrations: [listed('hidden', 1)], cursor: 1 })
      .mockResolvedValueOnce({ registrations: [], cursor: 5 })

    expect(await discover()).toMatchObject({ cursor: 5, registrations: [] })
    expect(store.page).toHaveBeenCalledTimes(2)
  })

  it('reads at most ten pages that are hidden, and says how far it has come', async () => {
    const { discover, store } = setup(hide)

    store.page.mockImplementation(async (_source, after) => ({
      registrations: [listed('hidden', after + 1)],
      cursor: after + 1
    }))

    expect(await discover()).toMatchObject({ status: 0, cursor: 10, registrations: [] })
    expect(store.page).toHaveBeenCalledTimes(10)
  })

  it('shows in its own namespace what is not listed', async () => {
    const { discover, store } = setup(hide)

    store.page.mockResolvedValue({ registrations: [listed('hidden', 1)], cursor: 1 })

    expect(await discover({ namespace: Namespace.fromText('hidden').bytes })).toMatchObject({
      registrations: [{ sequence: 1 }]
    })
  })
})
