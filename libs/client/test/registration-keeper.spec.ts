import { Namespace } from '@rendezvous-cluster/rendezvous'
import { DIALECTS, type Dialect } from '@rendezvous-cluster/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RefusedError } from '../src/errors.ts'
import { KeptRegistrations } from '../src/kept-registrations.ts'
import type { OwnRecord } from '../src/own-record.ts'
import type { PointClient } from '../src/point-client.ts'
import { parsePoints } from '../src/points/parse-points.ts'
import type { Point } from '../src/points/point.ts'
import type { StickyPoint } from '../src/points/sticky-point.ts'
import { RegistrationKeeper, type RegistrationKeeperInit } from '../src/registration-keeper.ts'
import { ManualWait } from './manual-wait.ts'

const namespace = Namespace.fromText('test')

describe('a keeper of a registration', () => {
  let nowMs: number
  let random: number
  let time: ManualWait
  let addresses: string[]
  let dialect: Dialect
  let point: Point
  let asked: string[]
  /** What the point grants. */
  let answer: () => Promise<number>
  let keeper: RegistrationKeeper

  beforeEach(() => {
    nowMs = 1_000_000
    random = 0.5
    time = new ManualWait()
    addresses = ['here']
    dialect = DIALECTS.libp2p
    point = parsePoints(['/ip4/192.0.2.1/tcp/1'])[0] as Point
    asked = []
    answer = async () => 100
    keeper = new RegistrationKeeper(init())
  })

  afterEach(async () => {
    await keeper.end().catch(() => {})
  })

  function init(): RegistrationKeeperInit {
    const client = {
      dialect,
      register: ({ ttlSeconds }: { ttlSeconds?: number }) => {
        asked.push(ttlSeconds == null ? 'register' : `register for ${ttlSeconds}`)

        return answer()
      },
      unregister: async () => asked.push('unregister')
    } as unknown as PointClient

    return {
      namespace,
      record: {
        addresses: () => addresses,
        seal: async () => Uint8Array.of(1)
      } as unknown as OwnRecord,
      sticky: {
        ask: (request: (client: PointClient, point: Point, options: object) => unknown) =>
          request(client, point, {})
      } as unknown as StickyPoint,
      onChange: () => {},
      now: () => nowMs,
      random: () => random,
      wait: time.wait
    }
  }

  /** The nth time that it waits. */
  async function waited(count: number): Promise<number | undefined> {
    await expect.poll(() => time.times.length).toBe(count)

    return time.times.at(-1)
  }

  async function fail(error: Error = new Error('no')): Promise<void> {
    answer = () => Promise.reject(error)
  }

  it.each([
    [0, 45_000],
    [0.5, 50_000],
    [1, 55_000]
  ])('refreshes at half of the lifetime, give or take a tenth (random %d)', async (is, ms) => {
    random = is
    keeper.start()

    expect(await waited(1)).toBeCloseTo(ms)
    expect(keeper.state).toEqual({
      status: 'active',
      ttlSeconds: 100,
      expiresAtMs: nowMs + 100_000,
      point: '/ip4/192.0.2.1/tcp/1',
      multiaddrs: ['here']
    })

    time.end()
    await waited(2)

    expect(asked).toEqual(['register', 'register'])
  })

  it('tells when it is granted for the first time', async () => {
    keeper.start()

    await expect(keeper.granted).resolves.toBeUndefined()
  })

  it('tries several times again while the registration lives, and says until when', async () => {
    keeper.start()
    await waited(1)

    const expiresAtMs = nowMs + 100_000

    await fail()

    const times: (number | undefined)[] = []

    nowMs += 50_000

    for (let attempt = 0; attempt < 5; attempt++) {
      time.end()
      times.push(await waited(attempt + 2))
      nowMs += times.at(-1) ?? 0
      expect(keeper.state).toMatchObject({ status: 'failing', expiresAtMs, error: new Error('no') })
    }

    expect(times.map((ms) => Math.round(ms ?? 0))).toEqual([12_500, 9375, 7031, 5273, 3955])
  })

  it('tries twice a second at most, though the registration ends at once', async () => {
    keeper.start()
    await waited(1)
    await fail()
    nowMs += 99_999
    time.end()

    expect(await waited(2)).toBe(500)
  })

  it('tries ever more seldom once there is no registration, up to a minute', async () => {
    await fail()
    keeper.start()

    const times = [await waited(1)]

    for (let attempt = 2; attempt <= 9; attempt++) {
      time.end()
      times.push(await waited(attempt))
    }

    expect(times).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
    expect(keeper.state).toMatchObject({ status: 'failing', expiresAtMs: undefined })
  })

  it('is active again after a failure, and then begins with short pauses again', async () => {
    await fail()
    keeper.start()
    await waited(1)
    time.end()
    await waited(2)
    answer = async () => 100
    time.end()
    await waited(3)

    const state = keeper.state

    await fail()
    nowMs += 200_000
    time.end()

    expect([state.status, await waited(4)]).toEqual(['active', 1000])
  })

  it('says that it is refused for good, and goes on trying', async () => {
    const refused = new RefusedError(200, 'not you')

    await fail(refused)
    keeper.start()

    await expect(keeper.granted).rejects.toBe(refused)

    answer = async () => 100
    await waited(1)
    time.end()
    await waited(2)

    expect(keeper.state.status).toBe('active')
  })

  it('asks for no lifetime of its own any more where that was refused', async () => {
    const refused = new RefusedError(102, 'bad ttl')
    const answers = [() => Promise.reject(refused), async () => 7200, async () => 7200]

    keeper = new RegistrationKeeper({ ...init(), ttlSeconds: 20 })
    answer = () => answers.shift()?.() ?? Promise.resolve(1)
    keeper.start()
    await waited(1)
    time.end()
    await waited(2)

    expect(asked).toEqual(['register for 20', 'register', 'register'])
  })

  it('waits without an address, and registers as soon as there is one', async () => {
    addresses = []
    keeper.start()

    const ms = await waited(1)
    const { state } = keeper
    const askedBefore = [...asked]

    addresses = ['here']
    keeper.refreshSoon()
    await waited(2)
    time.end()
    await waited(3)

    expect([ms, state, askedBefore]).toEqual([
      60_000,
      { status: 'pending', reason: 'no dialable address' },
      []
    ])
    expect([asked, keeper.state.status]).toEqual([['register'], 'active'])
  })

  it('refreshes within a second when it is told to', async () => {
    keeper.start()
    await waited(1)
    keeper.refreshSoon()

    expect(await waited(2)).toBe(500)

    time.end()
    await waited(3)

    expect(asked).toEqual(['register', 'register'])
  })

  it('refreshes when it is told to while it registers', async () => {
    const granted = Promise.withResolvers<number>()

    answer = () => granted.promise
    keeper.start()
    await expect.poll(() => asked.length).toBe(1)
    keeper.refreshSoon()
    granted.resolve(100)
    // The pause until the refresh is over at once, and the one of at most a second is not.
    await waited(2)
    time.end()
    await waited(3)

    expect(asked).toEqual(['register', 'register'])
  })

  it('sends one UNREGISTER when it ends, and nothing after it', async () => {
    keeper.start()
    await waited(1)
    await keeper.end()
    time.end()
    keeper.refreshSoon()

    expect(asked).toEqual(['register', 'unregister'])
  })

  it('sends no UNREGISTER where it was refused', async () => {
    await fail(new RefusedError(200, 'not you'))
    keeper.start()
    await waited(1)
    await keeper.end()

    expect(asked).toEqual(['register'])
  })

  it('sends an UNREGISTER where nobody knows whether it was registered', async () => {
    await fail()
    keeper.start()
    await waited(1)
    await keeper.end()

    expect(asked).toEqual(['register', 'unregister'])
  })

  it('sends no UNREGISTER where the dialect has none', async () => {
    dialect = DIALECTS.waku
    keeper = new RegistrationKeeper(init())
    keeper.start()
    await waited(1)
    await keeper.end()

    expect(asked).toEqual(['register'])
  })

  it.each([
    ['its addresses are gone', () => (addresses = [])],
    ['refreshing it has failed', () => fail()]
  ])('sends an UNREGISTER of what still lives though %s since', async (_what, happen) => {
    keeper.start()
    await waited(1)
    await happen()
    time.end()
    await waited(2)
    await keeper.end()

    expect(asked.at(-1)).toBe('unregister')
  })

  it('asks for nothing where its addresses go away while it connects', async () => {
    const record = { addresses: () => ['here'], seal: async () => undefined }

    keeper = new RegistrationKeeper({ ...init(), record: record as unknown as OwnRecord })
    keeper.start()

    expect([await waited(1), keeper.state.status, asked]).toEqual([60_000, 'pending', []])
  })

  it('has ended at all points before it tells that one of them could not be told', async () => {
    const { sticky, ...rest } = init()
    const told = Promise.withResolvers<void>()
    const ends = [() => Promise.reject(new Error('no')), () => told.promise]
    const slots = ends.map((end) => {
      let asks = 0

      return {
        ask: (...args: Parameters<typeof sticky.ask>) =>
          asks++ === 0 ? sticky.ask(...args) : end()
      } as unknown as StickyPoint
    })
    const kept = new KeptRegistrations({ ...rest, slots, onChange: () => {} })
    const ended: string[] = []

    kept.keep(namespace, {})
    await waited(2)
    const ending = kept.endAll({}).catch(({ message }: Error) => ended.push(message))

    // What has been decided by now is told within these.
    await new Promise(setImmediate)
    ended.push('told')
    told.resolve()
    await ending

    expect(ended).toEqual(['told', 'no'])
  })

  it('ends once, whoever wants it to', async () => {
    const { sticky, ...rest } = init()
    const kept = new KeptRegistrations({ ...rest, slots: [sticky], onChange: () => {} })

    kept.keep(namespace, {})
    kept.keep(namespace, {})
    await waited(1)
    await Promise.all([kept.end(namespace, {}), kept.end(namespace, {}), kept.endAll({})])

    expect(asked).toEqual(['register', 'unregister'])
    expect(kept.statuses).toEqual([])
  })
})
