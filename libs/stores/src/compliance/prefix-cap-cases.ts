import {
  CAPS_DEFAULT,
  type Cap,
  GRACE_MS,
  ipPrefixOf,
  type Registration,
  type RegistrationCaps
} from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import { putAtOnce } from './put-at-once.ts'
import type { StoreSuiteContext } from './store-suite-context.ts'
import { peerOf, putAll, registrationOf, type TestRegistration } from './test-registrations.ts'

const HERE = ipPrefixOf(Uint8Array.of(203, 0, 113, 1))
const THERE = ipPrefixOf(Uint8Array.of(198, 51, 100, 1))

/** The ends of both ranges, and their neighbours: no number may be rounded into another. */
const EXTREMES = [-(2 ** 24), 1 - 2 ** 24, -1, 0, 1, 2 ** 53 - 2, 2 ** 53 - 1]

/** How many registrations of one IP prefix a namespace may have, exact whatever races. */
export function describePrefixCaps(context: StoreSuiteContext): void {
  describe('the cap of an IP prefix', () => {
    const caps = { perPrefix: 5 }

    function put(registrations: Registration[], caps: Partial<RegistrationCaps>): Promise<Cap[]> {
      return putAtOnce([context.store], registrations, caps)
    }

    async function refusalOf(
      registration: TestRegistration,
      caps: Partial<RegistrationCaps>
    ): Promise<Cap | undefined> {
      return (await put([registrationOf({ ipPrefix: HERE, ...registration })], caps))[0]
    }

    it('refuses a registration beyond, and leaves nothing of it', async () => {
      await put(peersOf(5), caps)

      expect(await refusalOf({ peer: 5 }, caps)).toBe('prefix')
      expect((await context.store.stats()).registrations).toBe(5)
      expect(await context.store.sample(registrationOf(), 10)).toHaveLength(5)
    })

    it('takes nothing of a refused peer’s own cap', async () => {
      await put(peersOf(5), caps)
      await refusalOf({ peer: 5 }, caps)

      expect(
        await refusalOf({ peer: 5, namespace: 'other' }, { ...caps, perPeer: 1 })
      ).toBeUndefined()
    })

    it('is of one namespace, and of one prefix', async () => {
      await put(peersOf(5), caps)

      expect(await refusalOf({ peer: 5, namespace: 'other' }, caps)).toBeUndefined()
      expect(await refusalOf({ peer: 5, ipPrefix: THERE }, caps)).toBeUndefined()
    })

    it('does not hold where the prefix is not known', async () => {
      expect(await put(peersOf(8, { ipPrefix: undefined }), caps)).toEqual([])
      expect(await put(peersOf(5, { first: 8 }), caps)).toEqual([])
    })

    it('holds for prefixes of IPv4 and IPv6 alike, each apart', async () => {
      const twoOfEach = EXTREMES.flatMap((ipPrefix, index) => [
        registrationOf({ peer: 2 * index, ipPrefix }),
        registrationOf({ peer: 2 * index + 1, ipPrefix })
      ])
      const refused = await put(twoOfEach, { perPrefix: 1 })

      expect(refused).toEqual(EXTREMES.map(() => 'prefix'))
      expect((await context.store.stats()).registrations).toBe(EXTREMES.length)
    })

    it('accepts refreshes at the cap', async () => {
      await put(peersOf(5), caps)

      expect(await put(peersOf(5), caps)).toEqual([])
      expect(await refusalOf({ peer: 5 }, caps)).toBe('prefix')
    })

    it('counts a registration until its TTL and the grace have passed, then never', async () => {
      await put(peersOf(4, { ttlSeconds: 7200 }), caps)
      await put([registrationOf({ peer: 4, ttlSeconds: 20, ipPrefix: HERE })], caps)
      await context.advance(20_000 + GRACE_MS - context.clockMarginMs)
      const before = await refusalOf({ peer: 5 }, caps)

      await context.advance(2 * context.clockMarginMs)

      expect(before).toBe('prefix')
      expect(await refusalOf({ peer: 5 }, caps)).toBeUndefined()
      expect(await refusalOf({ peer: 6 }, caps)).toBe('prefix')
    })

    it('has room again when all of many have expired, though nothing swept them up', async () => {
      const many = { ...CAPS_DEFAULT, perPrefix: 1200 }
      const others = peersOf(1200, { first: 2000, ttlSeconds: 7200 })

      await putAll(context.store, peersOf(1200, { ttlSeconds: 1 }), { caps: many })
      await context.advance(1000 + GRACE_MS + context.clockMarginMs)

      await expect(putAll(context.store, others, { caps: many })).resolves.toBeUndefined()
      expect(await refusalOf({ peer: 5000 }, many)).toBe('prefix')
    }, 30_000)

    it('has room again once a registration was removed', async () => {
      await put(peersOf(5), caps)
      await context.store.remove(registrationOf({ peer: 2 }))

      expect(await refusalOf({ peer: 5 }, caps)).toBeUndefined()
      expect(await refusalOf({ peer: 6 }, caps)).toBe('prefix')
    })

    it('has room again in each namespace that a peer was removed from', async () => {
      const namespaces = ['a', 'b']

      for (const namespace of namespaces) {
        await put(peersOf(5, { namespace }), caps)
      }

      await context.store.removeAll(registrationOf({ peer: 0 }))

      for (const namespace of namespaces) {
        expect(await refusalOf({ peer: 5, namespace }, caps)).toBeUndefined()
        expect(await refusalOf({ peer: 6, namespace }, caps)).toBe('prefix')
      }
    })

    it('has room again once a refresh came from elsewhere, and counts it there', async () => {
      await put(peersOf(5), caps)
      await put(peersOf(4, { first: 10, ipPrefix: THERE }), caps)
      await put([registrationOf({ peer: 0, ipPrefix: THERE })], caps)

      expect(await refusalOf({ peer: 20, ipPrefix: THERE }, caps)).toBe('prefix')
      expect(await refusalOf({ peer: 5 }, caps)).toBeUndefined()
      expect(await refusalOf({ peer: 6 }, caps)).toBe('prefix')
    })

    it('accepts a refresh from where it is full, and goes on counting it where it was', async () => {
      await put(peersOf(5), caps)
      await put(peersOf(5, { first: 10, ipPrefix: THERE }), caps)
      const moved = registrationOf({ peer: 0, ipPrefix: THERE })

      expect(await put([moved], caps)).toEqual([])
      expect(await refusalOf({ peer: 5 }, caps)).toBe('prefix')

      await context.store.remove(registrationOf({ peer: 10 }))
      await put([moved], caps)

      expect(await refusalOf({ peer: 20, ipPrefix: THERE }, caps)).toBe('prefix')
      expect(await refusalOf({ peer: 5 }, caps)).toBeUndefined()
    })

    it('is passed by nobody who registers here and refreshes there, again and again', async () => {
      for (let round = 0; round < 4; round++) {
        await put(peersOf(5, { first: 5 * round }), caps)
        await put(
          (await livePeers()).map((peer) => registrationOf({ peer, ipPrefix: THERE })),
          caps
        )
      }

      expect((await context.store.stats()).registrations).toBe(10)

      async function livePeers(): Promise<number[]> {
        const found = await context.store.sample(registrationOf(), 1000)

        return found.map(peerOf)
      }
    })

    it('has room again once a refresh came from where no prefix is known', async () => {
      await put(peersOf(5), caps)
      await put([registrationOf({ peer: 0 })], caps)

      expect(await refusalOf({ peer: 5 }, caps)).toBeUndefined()
      expect(await refusalOf({ peer: 6 }, caps)).toBe('prefix')
    })

    it('is exact when 200 registrations race for 100 places, through two instances', async () => {
      const stores = [context.store, await context.sibling()] as const
      const refused = await putAtOnce([...stores], peersOf(200), { perPrefix: 100 })

      expect(refused).toEqual(Array.from({ length: 100 }, () => 'prefix'))
      expect((await context.store.stats()).registrations).toBe(100)
    })

    it('is exact when refreshes race with 100 more, through two instances', async () => {
      const stores = [context.store, await context.sibling()] as const

      await put(peersOf(100), { perPrefix: 100 })
      const refused = await putAtOnce([...stores], peersOf(200), { perPrefix: 100 })

      expect(refused).toHaveLength(100)
      expect((await context.store.stats()).registrations).toBe(100)
    })

    it('is exact when registrations move, come and go at the same time', async () => {
      for (let round = 0; round < 5; round++) {
        await Promise.all([
          put(peersOf(30), { perPrefix: 10 }),
          put(peersOf(30, { ipPrefix: THERE }), { perPrefix: 10 }),
          ...peersOf(30).map((of) => context.store.remove(of))
        ])
        await put(peersOf(30, { first: 100 }), { perPrefix: 10 })
        await put(peersOf(30, { first: 200, ipPrefix: THERE }), { perPrefix: 10 })

        expect((await context.store.stats()).registrations).toBe(20)
      }
    })
  })
}

interface TestPeers extends Omit<TestRegistration, 'peer'> {
  /** Number of the first peer. Default: 0. */
  first?: number
}

function peersOf(count: number, { first = 0, ...of }: TestPeers = {}): Registration[] {
  return Array.from({ length: count }, (_, index) =>
    registrationOf({ ipPrefix: HERE, ...of, peer: first + index })
  )
}
