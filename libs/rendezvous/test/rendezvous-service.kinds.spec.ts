import { RecordEnvelope } from '@libp2p/peer-record'
import { describe, expect, it } from 'vitest'
import {
  type DialectRules,
  encodePayload,
  type PageSource,
  PeerSession,
  RECORD_KINDS,
  type RecordKind,
  RendezvousService
} from '../src/index.ts'
import { fakeStore } from './fake-store.ts'
import { ADDRESS } from './seal-by-hand.ts'
import { namespace, peerId, privateKey, register } from './service-under-test.ts'
import { wakuRules } from './waku-rules.ts'

/** Of `libp2p`, whose peers carry one of two kinds. */
const either: DialectRules = {
  ...wakuRules,
  isPaged: true,
  recordKind: 'peer-record',
  otherRecordKinds: ['routing-state-record']
}

const waku1: DialectRules = { ...either, recordKind: 'waku-peer-record', otherRecordKinds: [] }

/** One connection to a service whose namespaces hold registrations of some kinds. */
function setup(held: readonly RecordKind[]) {
  const store = fakeStore()
  const service = new RendezvousService({ store })
  const session = new PeerSession(peerId)

  store.page.mockImplementation(async ({ kind }: PageSource) => ({
    registrations: held.includes(kind)
      ? [{ namespace, record: Uint8Array.of(RECORD_KINDS[kind].byte), ttlSeconds: 20, sequence: 1 }]
      : [],
    cursor: 1
  }))

  return {
    async register(kind: RecordKind, rules: DialectRules): Promise<void> {
      const request = register({ signedPeerRecord: await seal(kind) })

      expect(await service.handle(request, { rules, session })).toMatchObject({ status: 0 })
    },
    async kindsFound(of: Uint8Array | undefined): Promise<(number | undefined)[]> {
      const request = { type: 'discover', namespace: of } as const
      const response = await service.handle(request, { rules: either, session })

      return response.type === 'discover'
        ? response.registrations.map(({ record }) => record[0])
        : []
    }
  }
}

async function seal(kind: RecordKind): Promise<Uint8Array> {
  const { domain, payloadType: codec } = RECORD_KINDS[kind]
  const payload = encodePayload({ peerId, seq: 7n, addresses: [ADDRESS.bytes] }, kind)
  const record = { domain, codec, marshal: () => payload, equals: () => false }

  return (await RecordEnvelope.seal(record, privateKey)).marshal()
}

const USUAL = RECORD_KINDS['peer-record'].byte
const OTHER = RECORD_KINDS['routing-state-record'].byte

describe('DISCOVER in a dialect whose peers carry one of two kinds of record', () => {
  it.for([
    ['both kinds', ['peer-record', 'routing-state-record'], [USUAL]],
    ['the other kind only', ['routing-state-record'], [OTHER]],
    ['a kind of another dialect', ['waku-peer-record'], []]
  ] as const)('of who has registered nothing, where there is %s', async ([, held, found]) => {
    expect(await setup(held).kindsFound(namespace.bytes)).toEqual(found)
  })

  it('over all namespaces shows the usual kind to who has registered nothing', async () => {
    expect(await setup(['routing-state-record']).kindsFound(undefined)).toEqual([])
  })

  it('shows the kind that the peer has registered with, alone', async () => {
    const { register, kindsFound } = setup(['peer-record', 'routing-state-record'])

    await register('routing-state-record', either)

    expect(await kindsFound(namespace.bytes)).toEqual([OTHER])
    expect(await kindsFound(undefined)).toEqual([OTHER])
  })

  it.for([
    ['waku', 'peer-record', wakuRules],
    ['waku1', 'waku-peer-record', waku1]
  ] as const)('still does after a REGISTER through %s', async ([, kind, rules]) => {
    const { register, kindsFound } = setup(['peer-record', 'routing-state-record'])

    await register('routing-state-record', either)
    await register(kind, rules)

    expect(await kindsFound(namespace.bytes)).toEqual([OTHER])
  })
})
