import { RecordEnvelope } from '@libp2p/peer-record'
import { describe, expect, it } from 'vitest'
import {
  type DialectRules,
  encodePayload,
  type PageSource,
  PeerSession,
  RECORD_KINDS,
  type ReadFrom,
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

/** One connection to a service whose namespaces hold registrations of these kinds, in their order. */
function setup(kinds: readonly RecordKind[]) {
  const store = fakeStore()
  const service = new RendezvousService({ store })
  const session = new PeerSession(peerId)
  const held = [...kinds]

  store.page.mockImplementation(async ({ kind }: PageSource, after: number, limit: number) => {
    const registrations = held
      .map((of, index) => ({ of, sequence: index + 1 }))
      .filter(({ of, sequence }) => of === kind && sequence > after)
      .slice(0, limit)
      .map(({ sequence }) => ({
        namespace,
        record: Uint8Array.of(RECORD_KINDS[kind].byte),
        ttlSeconds: 20,
        sequence
      }))

    return { registrations, cursor: registrations.at(-1)?.sequence ?? after }
  })

  return {
    held,
    session,
    /** A page of one, as kind and sequence, and where the reader goes on. */
    async page(from?: ReadFrom, rules = either, of: Uint8Array | undefined = namespace.bytes) {
      const request = { type: 'discover', namespace: of, limit: 1n, from } as const
      const response = await service.handle(request, { rules, session })

      if (response.type !== 'discover' || response.cursor == null) {
        throw new Error('no page')
      }

      const { registrations, cursor, kind } = response

      return {
        found: registrations.map(({ record, sequence }) => [record[0], sequence]),
        from: { cursor, kind }
      }
    },
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

describe('a reader of pages', () => {
  const rust = 'routing-state-record'
  const usual = 'peer-record'

  it('goes on with the kind that its first page was of, whoever registers meanwhile', async () => {
    const { page, held } = setup([rust, rust, rust])
    const first = await page()

    held.push(usual)

    const second = await page(first.from)
    const third = await page(second.from)
    const last = await page(third.from)

    expect([first, second, third, last].map(({ found }) => found)).toEqual([
      [[OTHER, 1]],
      [[OTHER, 2]],
      [[OTHER, 3]],
      []
    ])
    expect((await page()).found).toEqual([[USUAL, 4]])
  })

  it('goes on with the usual kind too, also where only the other one is left', async () => {
    const { page, held } = setup([usual])
    const first = await page()

    held.splice(0, 1, rust, rust)

    expect(first.from).toEqual({ cursor: 1, kind: usual })
    expect((await page(first.from)).found).toEqual([])
  })

  it('is told of no kind by an empty answer, and then finds whichever comes first', async () => {
    const { page, held } = setup([])
    const empty = await page()

    held.push(rust)

    expect(empty.from.kind).toBeUndefined()
    expect((await page(empty.from)).found).toEqual([[OTHER, 1]])
  })

  it('stays over all namespaces with the kind that it was told', async () => {
    const { page, session } = setup([rust, usual, rust])
    session.recordKind = rust
    const first = await page(undefined, either, new Uint8Array())

    session.recordKind = undefined

    expect(first.found).toEqual([[OTHER, 1]])
    expect((await page(first.from, either, new Uint8Array())).found).toEqual([[OTHER, 3]])
  })

  it('that has registered meanwhile reads its own kind from the start', async () => {
    const { page, session } = setup([rust, usual, usual])
    const first = await page()

    session.recordKind = rust

    const own = await page(first.from)

    expect(first.found).toEqual([[USUAL, 2]])
    expect(own.found).toEqual([[OTHER, 1]])
    expect((await page(own.from)).found).toEqual([])
  })

  it('with the cursor of a kind that the dialect has not reads from the start', async () => {
    const { page } = setup(['waku-peer-record', usual, 'waku-peer-record'])
    const { from } = await page(undefined, waku1)

    expect((await page({ cursor: 3, kind: usual }, waku1)).found).toEqual([[2, 1]])
    expect((await page({ ...from, cursor: 3 })).found).toEqual([[USUAL, 2]])
  })

  it('with a cursor of no kind, of before cursors had one, goes on from there', async () => {
    const { page } = setup([usual, usual])

    expect((await page({ cursor: 1 })).found).toEqual([[USUAL, 2]])
  })
})
