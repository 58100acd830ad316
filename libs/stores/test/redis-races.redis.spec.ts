import {
  CAPS_DEFAULT,
  CapReachedError,
  type PagedRegistration,
  type PageSource,
  type Registration,
  type RegistrationCaps,
  type RegistrationStore,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { describeWithRedis } from '../../../test/support/describe-with-redis.ts'
import { useRedisUrl } from '../../../test/support/redis-url.ts'
import { registrationOf } from '../src/compliance/index.ts'
import { useRedisUnderTest } from './redis-under-test.ts'

const CAP = 50

/** For tests of a single place. */
const ONE = { perPeer: 1 }

/** Places among the arguments of `put-8.lua`, behind its keys. */
const NOT_AFTER_ARGUMENT = 8 + 4
const RESERVATION_ARGUMENT = 8 + 9

/** Closer than this to the cap of namespaces, whoever makes one queues for it. */
const NEAR_THE_CAP = 1000

/** So long a namespace may take to be made, in milliseconds. */
const PLACE_MS = 5000

/** Makes a registration another peer's, soon gone. */
const GONE = { peerId: registrationOf({ peer: 1 }).peerId, ttlSeconds: 1 }

/** What several front nodes do at the same moment: a store alone could get it right by chance. */
describeWithRedis('redis stores that race', (redis) => {
  const url = useRedisUrl(redis)
  const underTest = useRedisUnderTest(url)
  let stores: [RegistrationStore, RegistrationStore, RegistrationStore]

  beforeEach(async () => {
    stores = [underTest().store, await underTest().sibling(), await underTest().sibling()]
  })

  /** Puts all at once, one after the other through each of some stores. Returns what failed. */
  async function putThrough(
    through: RegistrationStore[],
    registrations: Registration[],
    caps: Partial<RegistrationCaps>
  ): Promise<unknown[]> {
    const results = await Promise.allSettled(
      registrations.map((registration, index) =>
        (through[index % through.length] as RegistrationStore).put(registration, {
          caps: { ...CAPS_DEFAULT, ...caps }
        })
      )
    )

    return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  }

  async function countSampled(registrations: Registration[]): Promise<number> {
    const reader = await underTest().sibling()
    const found = await Promise.all(registrations.map((of) => reader.sample(of, 10)))

    return found.flat().length
  }

  function expectRefusals(errors: unknown[], cap: CapReachedError['cap'], count: number): void {
    const others = errors.filter(
      (error) => !(error instanceof CapReachedError && error.cap === cap)
    )

    expect(others).toEqual([])
    expect(errors).toHaveLength(count)
  }

  describe('at the cap of one peer', () => {
    const caps = { perPeer: CAP }

    it('let exactly as many in as the cap says, of 200 through two of them', async () => {
      const registrations = namespacesOf(200)
      const refused = await putThrough(stores.slice(0, 2), registrations, caps)

      expectRefusals(refused, 'peer', 150)
      expect(await underTest().store.stats()).toEqual({ registrations: CAP, namespaces: CAP })
      expect(await countSampled(registrations)).toBe(CAP)
    })

    it('let exactly as many in while a third one keeps sweeping', async () => {
      const registrations = namespacesOf(200)
      const sweeper = sweepUntilStopped(stores[2])

      // Something to sweep, in the very namespaces that are made anew.
      await putThrough(
        stores.slice(0, 2),
        registrations.map((of) => ({ ...of, ...GONE })),
        {}
      )
      await underTest().advance(60_000)

      const refused = await putThrough(stores.slice(0, 2), registrations, caps)

      await sweeper.stop()
      expectRefusals(refused, 'peer', 150)
      expect(await countSampled(registrations)).toBe(CAP)
      expect(await underTest().store.stats()).toEqual({ registrations: CAP, namespaces: CAP })
    })

    it('go by a cap that was lowered, also for what the peer had before it', async () => {
      const registrations = namespacesOf(200)

      await putThrough([stores[0]], registrations, {})
      await underTest().advance(60_000)

      expectRefusals(await putThrough(stores.slice(0, 2), registrations, caps), 'peer', 150)
    })

    it('let one in that asks both of two for the same', async () => {
      const twice = namespacesOf(200).flatMap((of) => [of, of])
      const refused = await putThrough(stores.slice(0, 2), twice, caps)

      expectRefusals(refused, 'peer', 300)
      expect(await countSampled(namespacesOf(200))).toBe(CAP)
    })

    it('never pass it while registrations are removed and made again through both, and lose no place', async () => {
      const registrations = namespacesOf(2 * CAP)

      await putThrough(stores.slice(0, 2), registrations, caps)

      for (let round = 0; round < 10; round++) {
        const removing = registrations.map((of, index) =>
          (stores[(index + round) % 2] as RegistrationStore).remove(of)
        )
        const refused = await putThrough(
          stores.slice(0, 2),
          round % 2 === 0 ? registrations : registrations.toReversed(),
          caps
        )

        await Promise.all(removing)

        const { registrations: count } = await underTest().store.stats()

        expect(count).toBeLessThanOrEqual(CAP)
        expect(refused.every((error) => error instanceof CapReachedError)).toBe(true)
        expect(await countSampled(registrations)).toBe(count)

        // Whatever was taken and given back meanwhile: all places can be filled again.
        await putThrough(stores.slice(0, 2), registrations, caps)
        expect((await underTest().store.stats()).registrations).toBe(CAP)
      }

      await Promise.all(registrations.map((of) => stores[1].remove(of)))

      const others = namespacesOf(CAP, 'other')

      expectRefusals(await putThrough(stores.slice(0, 2), others, caps), 'peer', 0)
    })

    it('lose no place to a registration made through both and removed', async () => {
      const [of, other] = namespacesOf(2) as [Registration, Registration]
      const between = betweenReservationAndWrite(() => putThrough([stores[1]], [of], ONE))

      expectRefusals(await putThrough([stores[0]], [of], ONE), 'peer', 0)
      expectRefusals(await between(), 'peer', 0)
      await stores[0].remove(of)

      expectRefusals(await putThrough([stores[0]], [other], ONE), 'peer', 0)
    })

    it('leave its place to a registration whose renewal came too late', async () => {
      const [of, other] = namespacesOf(2) as [Registration, Registration]
      const { client } = underTest().connection

      await putThrough([stores[0]], [of], ONE)

      const write = client.rendezvousPut.bind(client)

      vi.spyOn(client, 'rendezvousPut').mockImplementation((...args) => {
        // Redis does not come to it in time.
        return write(...(isReserved(args) ? args.with(NOT_AFTER_ARGUMENT, 0) : args))
      })

      // It outlives what was reserved for the one before.
      const [late] = await putThrough([stores[0]], [{ ...of, ttlSeconds: 7200 }], ONE)

      expect(late).toBeInstanceOf(UnavailableError)
      expectRefusals(await putThrough([stores[1]], [other], ONE), 'peer', 1)
    })

    it('leave its place to a registration that another request for it, refused since, has reserved too', async () => {
      const [of, other] = namespacesOf(2) as [Registration, Registration]
      const caps = { ...CAPS_DEFAULT, ...ONE, namespaces: 1 }
      // It queues behind the first until it gives up, which the first waits for.
      const between = betweenReservationAndWrite(() =>
        stores[1].put(of, { caps, withinMs: 300 }).then(
          () => [],
          (error: unknown) => [error]
        )
      )

      expectRefusals(await putThrough([stores[0]], [of], caps), 'peer', 0)
      expectRefusals(await between(), 'namespaces', 1)
      expectRefusals(await putThrough([stores[2]], [other], ONE), 'peer', 1)
    })

    it('give up a place no later than whoever finds it unused, however long it is waited for', async () => {
      const [of] = namespacesOf(1) as [Registration]
      const { client } = underTest().connection
      const reserve = client.rendezvousReserve.bind(client)

      vi.spyOn(client, 'rendezvousReserve').mockImplementation(async (...args) => {
        const answer = await reserve(...args)

        underTest().advanceNodes(2800)

        return answer
      })

      await expect(stores[0].put(of, { withinMs: 60_000 })).rejects.toBeInstanceOf(UnavailableError)
    })

    it('take no place from a registration that is about to be written', async () => {
      const [of, other] = namespacesOf(2) as [Registration, Registration]
      const between = betweenReservationAndWrite(() => putThrough([stores[1]], [other], ONE))

      expectRefusals(await putThrough([stores[0]], [of], ONE), 'peer', 0)
      expectRefusals(await between(), 'peer', 1)
      expect(await underTest().store.stats()).toEqual({ registrations: 1, namespaces: 1 })
    })

    /** Does something while the first store has reserved a registration and not written it yet. */
    function betweenReservationAndWrite(action: () => Promise<unknown[]>) {
      const { client } = underTest().connection
      const write = client.rendezvousPut.bind(client)
      let acting: Promise<unknown[]> | undefined

      vi.spyOn(client, 'rendezvousPut').mockImplementation(async (...args) => {
        if (isReserved(args)) {
          acting ??= action()
          await acting
        }

        return write(...args)
      })

      return async () => acting ?? ['nothing was reserved']
    }
  })

  it('never pass the cap of namespaces, of 150 peers through three of them', async () => {
    const caps = { namespaces: CAP }
    const registrations = namespacesOf(150).map((of, peer) => ({
      ...of,
      peerId: registrationOf({ peer }).peerId
    }))
    const refused = await putThrough(stores, registrations, caps)
    const { namespaces } = await underTest().store.stats()

    expect(namespaces).toBeLessThanOrEqual(CAP)
    expect(namespaces).toBe(150 - refused.length)
    expect(await countSampled(registrations)).toBe(namespaces)
    // On a busy machine the queue may take longer than a request does; nothing else may go wrong.
    expect(
      refused.filter(
        (error) => !(error instanceof CapReachedError) && !(error instanceof UnavailableError)
      )
    ).toEqual([])

    for (const registration of registrations) {
      await putThrough([stores[1]], [registration], caps)
    }

    expect((await underTest().store.stats()).namespaces).toBe(CAP)
  })

  it('give up places of namespaces that were admitted, and not made since Redis was away', async () => {
    const { client } = underTest().connection
    const caps = { namespaces: NEAR_THE_CAP + 2 * CAP }
    const write = client.rendezvousPut.bind(client)
    const queue = vi.spyOn(client, 'rendezvousAdmit')
    const put = vi.spyOn(client, 'rendezvousPut')

    put.mockImplementation(async (...args) => {
      if (isReserved(args)) {
        throw new Error('Connection is closed.')
      }

      return write(...args)
    })
    await putThrough([stores[0]], namespacesOf(CAP, 'lost'), caps)
    put.mockRestore()

    await putThrough([stores[0]], namespacesOf(1, 'next'), caps)
    expect(queue).toHaveBeenCalledOnce()

    await underTest().advance(PLACE_MS)
    await putThrough([stores[0]], namespacesOf(1, 'later'), caps)
    expect(queue).toHaveBeenCalledOnce()
    expect((await underTest().store.stats()).namespaces).toBe(2)
  })

  it('keep the cap of one namespace, of 200 peers through three of them', async () => {
    const registrations = Array.from({ length: 200 }, (_, peer) => registrationOf({ peer }))
    const refused = await putThrough(stores, registrations, { perNamespace: CAP })

    expectRefusals(refused, 'namespace', 150)
    expect(await underTest().store.stats()).toEqual({ registrations: CAP, namespaces: 1 })
  })

  describe.each<[string, PageSource]>([
    ['of one namespace', registrationOf()],
    ['of all namespaces', { kind: 'peer-record' }]
  ])('pages %s', (_name, source) => {
    it('go on from a cursor of before a flush with all that was made since, each once', async () => {
      const [writer, reader] = stores

      await putThrough([writer], peersOf(0, 30), {})
      const first = await reader.page(source, 0, 10)

      await flush()
      await putThrough([writer], peersOf(20, 40), {})
      const found = await readOn(reader, source, first.cursor, 7)

      expect(peersIn(first.registrations)).toHaveLength(10)
      expect(peersIn(found)).toEqual(peersOf(20, 40).map(textOf).toSorted())
    })

    it('go on from a cursor of the end, too', async () => {
      const [writer, reader] = stores

      await putThrough([writer], peersOf(0, 30), {})
      const { cursor } = await reader.page(source, 0, 100)

      await flush()
      const whileEmpty = await reader.page(source, cursor, 10)

      await putThrough([writer], peersOf(20, 40), {})
      const found = await readOn(reader, source, whileEmpty.cursor, 7)

      expect(whileEmpty.registrations).toEqual([])
      expect(peersIn(found)).toEqual(peersOf(20, 40).map(textOf).toSorted())
    })

    it('show everything once to a reader that goes on while it is flushed and made again', async () => {
      const [writer, reader, other] = stores
      let cursor = 0
      let isWriting = true
      const found: PagedRegistration[] = []

      await putThrough([other], peersOf(0, 200), {})
      cursor = (await reader.page(source, 0, 50)).cursor
      await flush()

      const writing = putThrough([writer, other], peersOf(0, 300), {}).then(() => {
        isWriting = false
      })

      for (;;) {
        const isLast = !isWriting
        const page = await reader.page(source, cursor, 20)

        found.push(...page.registrations)
        cursor = page.cursor

        if (isLast && page.registrations.length === 0) {
          break
        }
      }

      await writing
      expect(peersIn(found)).toEqual(peersOf(0, 300).map(textOf).toSorted())
    })
  })

  /** As FLUSHALL does, for one prefix. */
  async function flush(): Promise<void> {
    await underTest().redis.del(...(await underTest().keys()))
  }
})

/** Registrations of one peer. */
function namespacesOf(count: number, name = 'n'): Registration[] {
  return Array.from({ length: count }, (_, index) =>
    registrationOf({ namespace: `${name}${index}` })
  )
}

/** Whether a write brings what was reserved for it. */
function isReserved(args: unknown[]): boolean {
  return Number(args[RESERVATION_ARGUMENT]) !== 0
}

/** Registrations of the peers from one number up to another, in one namespace. */
function peersOf(from: number, to: number): Registration[] {
  return Array.from({ length: to - from }, (_, index) => registrationOf({ peer: from + index }))
}

function sweepUntilStopped(store: RegistrationStore) {
  let isStopped = false
  const sweeping = (async () => {
    while (!isStopped) {
      await store.sweep()
    }
  })()

  return {
    /** Goes on until nothing is left to sweep. */
    async stop() {
      isStopped = true
      await sweeping

      while ((await store.sweep()).hasMore) {
        // Each call removes a bounded number.
      }
    }
  }
}

/** Reads page by page until one is empty. */
async function readOn(
  store: RegistrationStore,
  source: PageSource,
  after: number,
  limit: number
): Promise<PagedRegistration[]> {
  const found: PagedRegistration[] = []

  for (let cursor = after; ; ) {
    const page = await store.page(source, cursor, limit)

    if (page.registrations.length === 0) {
      return found
    }

    found.push(...page.registrations)
    cursor = page.cursor
  }
}

function peersIn(found: { record: Uint8Array }[]): string[] {
  return found.map(textOf).toSorted()
}

function textOf({ record }: { record: Uint8Array }): string {
  return Buffer.from(record).toString()
}
