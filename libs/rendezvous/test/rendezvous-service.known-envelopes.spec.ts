import { describe, expect, it } from 'vitest'
import { PeerSession } from '../src/index.ts'
import { joined, sealAddresses } from './seal-by-hand.ts'
import {
  foreignRecord,
  peerId,
  privateKey,
  refused,
  register,
  serviceUnderTest,
  signedPeerRecord
} from './service-under-test.ts'
import { wakuRules as rules } from './waku-rules.ts'

const bare = await sealAddresses(privateKey, [])

describe('the envelopes known on a connection', () => {
  it('the same bytes again are verified once, also for another namespace', async () => {
    const { handle, verify, metrics } = serviceUnderTest()

    await handle(register())
    await handle(register({ namespace: Uint8Array.of(0xff) }))

    expect(verify).toHaveBeenCalledOnce()
    expect(metrics.verifyCache.mock.calls).toEqual([['miss'], ['hit']])
  })

  it('a known envelope spares no other check', async () => {
    const { handle, metrics, store } = serviceUnderTest()

    await handle(register())

    expect(await handle(register({ ttl: 21n }))).toMatchObject(refused(102, 'bad ttl'))
    expect(await handle(register({ namespace: undefined }))).toMatchObject({ status: 100 })
    expect(metrics.verifyCache.mock.calls).toEqual([['miss'], ['hit']])
    expect(store.put).toHaveBeenCalledOnce()
  })

  it('a known envelope of another peer is still another peer’s', async () => {
    const { handle, metrics } = serviceUnderTest()
    const foreign = register({ signedPeerRecord: foreignRecord })

    await handle(foreign)

    expect(await handle(foreign)).toMatchObject(refused(101, 'peer id mismatch'))
    expect(metrics.verifyCache).toHaveBeenLastCalledWith('hit')
  })

  it('a known envelope without addresses is still without addresses', async () => {
    const { handle } = serviceUnderTest()
    const request = register({ signedPeerRecord: bare })

    await handle(request)

    expect(await handle(request)).toMatchObject(refused(101, 'missing peer addresses'))
  })

  it('an envelope that does not verify is verified each time', async () => {
    const { handle, verify } = serviceUnderTest()

    verify.mockReturnValue(false)
    await handle(register())
    await handle(register())

    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('what is remembered keeps no frame in memory', async () => {
    const { handle, session } = serviceUnderTest()
    const frame = joined([signedPeerRecord, new Uint8Array(4000)])

    await handle(register({ signedPeerRecord: frame.subarray(0, signedPeerRecord.length) }))

    const known = session.verifiedEnvelopes.get(signedPeerRecord, 'peer-record')

    expect(known?.peerId.buffer.byteLength).toBeLessThan(frame.byteLength)
    expect(known?.addresses[0]?.buffer.byteLength).toBeLessThan(frame.byteLength)
  })

  it('connections share nothing', async () => {
    const { handle, service, verify } = serviceUnderTest()

    await handle(register())
    await service.handle(register(), { rules, session: new PeerSession(peerId) })

    expect(verify).toHaveBeenCalledTimes(2)
  })
})
