import { describe, expect, it } from 'vitest'
import {
  CAPS_DEFAULT,
  type DiscoverRequest,
  PeerSession,
  type RegisterRequest,
  RendezvousService,
  UnavailableError
} from '../src/index.ts'
import { fakeStore } from './fake-store.ts'
import { bytesField, joined, manyAddresses, sealAddresses } from './seal-by-hand.ts'
import {
  foreignKey,
  foreignRecord,
  namespace,
  peerId,
  privateKey,
  refused,
  register,
  serviceUnderTest,
  signedPeerRecord
} from './service-under-test.ts'
import { wakuRules as rules } from './waku-rules.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

const forged = foreignRecord.with(-1, 0xff)
const foreignAndLong = joined([foreignRecord, bytesField(99, new Uint8Array(4096))])
const foreignAndBare = await sealAddresses(foreignKey, [])
const bare = await sealAddresses(privateKey, [])
const crowded = await sealAddresses(privateKey, manyAddresses(33))
const tooLong = new Uint8Array(257).fill(0x6e)

describe('REGISTER', () => {
  it('what is right is stored as the peer sent it and granted', async () => {
    const { handle, store } = serviceUnderTest()

    const response = await handle(register({ ttl: 7n }))

    expect(response).toEqual({ type: 'register', status: 0, statusText: '', ttlSeconds: 7 })
    expect(store.put).toHaveBeenCalledExactlyOnceWith(
      {
        kind: 'peer-record',
        namespace,
        peerId,
        record: signedPeerRecord,
        ttlSeconds: 7,
        isListed: false
      },
      { withinMs: 3000, caps: CAPS_DEFAULT }
    )
  })

  /** Each row is also wrong in some way that is checked later. */
  const orderOfChecks: [status: number, text: string, Partial<RegisterRequest>][] = [
    [100, 'unspecified namespace', { namespace: undefined, signedPeerRecord: undefined }],
    [100, 'unspecified namespace', { namespace: new Uint8Array(), signedPeerRecord: forged }],
    [100, 'namespace too long', { namespace: tooLong, signedPeerRecord: undefined }],
    [101, 'missing signed peer record', { signedPeerRecord: undefined }],
    [101, 'invalid peer record', { signedPeerRecord: new Uint8Array() }],
    [101, 'invalid peer record', { signedPeerRecord: forged }],
    [101, 'peer info too long', { signedPeerRecord: foreignAndLong }],
    [101, 'peer id mismatch', { signedPeerRecord: foreignAndBare }],
    [101, 'missing peer addresses', { signedPeerRecord: bare }],
    [101, 'peer info too long', { signedPeerRecord: crowded }],
    [102, 'bad ttl', {}]
  ]

  it.for(orderOfChecks)(
    '%i %s comes before the faults checked later',
    async ([status, text, fault]) => {
      const { handle, store, onError } = serviceUnderTest()

      const response = await handle(register({ ttl: 21n, ...fault }))

      expect(response).toEqual({ type: 'register', status, statusText: text, ttlSeconds: 0 })
      expect(store.put).not.toHaveBeenCalled()
      expect(onError).not.toHaveBeenCalled()
    }
  )

  it('a namespace of 256 bytes and a record of 32 addresses are within bounds', async () => {
    const { handle } = serviceUnderTest()

    const response = await handle(
      register({
        namespace: new Uint8Array(256).fill(0xff),
        signedPeerRecord: await sealAddresses(privateKey, manyAddresses(32))
      })
    )

    expect(response.status).toBe(0)
  })

  it('the status of a foreign record is the dialect’s', async () => {
    const service = new RendezvousService({ store: fakeStore() })

    const response = await service.handle(register({ signedPeerRecord: foreignRecord }), {
      rules: { ...rules, ownerMismatchStatus: 200 },
      session: new PeerSession(peerId)
    })

    expect(response).toMatchObject(refused(200, 'peer id mismatch'))
  })

  it.for([
    [undefined, 20],
    [0n, 20],
    [1n, 1],
    [20n, 20]
  ] as const)('a ttl of %s is granted as %i seconds', async ([ttl, granted]) => {
    const { handle, store } = serviceUnderTest()

    const response = await handle(register({ ttl }))

    expect(response).toMatchObject({ status: 0, ttlSeconds: granted })
    expect(store.put.mock.lastCall?.[0].ttlSeconds).toBe(granted)
  })

  it.for([21n, -1n, INT64_MAX, INT64_MIN])('a ttl of %s is refused, not cut', async (ttl) => {
    const { handle, store } = serviceUnderTest()

    expect(await handle(register({ ttl }))).toMatchObject(refused(102, 'bad ttl'))
    expect(store.put).not.toHaveBeenCalled()
  })
})

describe('a store that fails', () => {
  const requests: (RegisterRequest | DiscoverRequest)[] = [
    register(),
    { type: 'discover', namespace: namespace.bytes }
  ]

  function failing(error: unknown) {
    const parts = serviceUnderTest()

    parts.store.put.mockRejectedValue(error)
    parts.store.sample.mockRejectedValue(error)

    return parts
  }

  it.for(requests)('away: $type is answered 400, and the cause is told', async (request) => {
    const error = new UnavailableError({ cause: new Error('connect ECONNREFUSED 10.0.0.1') })
    const { handle, onError } = failing(error)

    expect(await handle(request)).toMatchObject(refused(400, 'unavailable, try again later'))
    expect(onError).toHaveBeenCalledExactlyOnceWith(error)
  })

  it.for(requests)(
    'broken: $type is answered 300 without the text of the error',
    async (request) => {
      const error = new Error('WRONGTYPE key rdv:v1')
      const { handle, onError } = failing(error)

      const response = await handle(request)

      expect(response).toMatchObject({ type: request.type, ...refused(300, 'internal error') })
      expect(JSON.stringify(response)).not.toContain('WRONGTYPE')
      expect(onError).toHaveBeenCalledExactlyOnceWith(error)
    }
  )
})
