import { CAPS_DEFAULT, GRACE_MS, type Registration } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import type { StoreSuiteContext } from './store-suite-context.ts'
import { bytesOf, hex, putAll, registrationOf } from './test-registrations.ts'

const CAPS = { ...CAPS_DEFAULT, perPrefix: 1000 }
const SPREAD = { isSpread: true }

/** Prefix of whoever has more peer ids than machines. */
const CROWD = -1

/** Draws in which IP prefixes take turns. */
export function describeSpreadSamples(context: StoreSuiteContext): void {
  describe('a spread sample', () => {
    /** Each of `count` peers from a prefix of its own, peer and prefix of the same number. */
    function peersApart(count: number, ttlSeconds?: number): Registration[] {
      return Array.from({ length: count }, (_, peer) =>
        registrationOf({ peer, ipPrefix: peer, ttlSeconds })
      )
    }

    function crowdOf(count: number, ipPrefix?: number, ttlSeconds?: number): Registration[] {
      return Array.from({ length: count }, (_, index) =>
        registrationOf({ peer: 10_000 + index, ipPrefix, ttlSeconds })
      )
    }

    function put(registrations: Registration[]): Promise<void> {
      return putAll(context.store, registrations, { caps: CAPS })
    }

    async function drawn(limit: number): Promise<string[]> {
      return bytesOf(await context.store.sample(registrationOf(), limit, SPREAD))
    }

    it('has one of each prefix at most, while there are prefixes enough', async () => {
      await put([...peersApart(40), ...crowdOf(400, CROWD)])
      const crowd = recordsOf(crowdOf(400))

      for (let sample = 0; sample < 200; sample++) {
        const found = await drawn(20)

        expect(new Set(found).size).toBe(20)
        expect(found.filter((record) => crowd.has(record)).length).toBeLessThanOrEqual(1)
      }
    })

    it('has all others before a second of one prefix, and then as many as asked for', async () => {
      await put([...peersApart(40), ...crowdOf(400, CROWD)])
      const crowd = recordsOf(crowdOf(400))

      const found = await drawn(100)

      expect(new Set(found).size).toBe(100)
      expect(found.filter((record) => crowd.has(record))).toHaveLength(60)
    })

    it('takes as much from each of two prefixes', async () => {
      await put([
        ...crowdOf(50, CROWD),
        ...peersApart(50).map((peer) => ({ ...peer, ipPrefix: 7 }))
      ])
      const crowd = recordsOf(crowdOf(50))

      expect((await drawn(20)).filter((record) => crowd.has(record))).toHaveLength(10)
    })

    it('returns all when there are fewer than asked for', async () => {
      await put([...peersApart(5), ...crowdOf(20, CROWD)])

      expect(new Set(await drawn(1000)).size).toBe(25)
    })

    it('counts each registration whose prefix is not known as a prefix by itself', async () => {
      await put([...crowdOf(40, CROWD), ...peersApart(40).map(withoutPrefix)])
      const crowd = recordsOf(crowdOf(40))

      for (let sample = 0; sample < 50; sample++) {
        expect((await drawn(20)).filter((record) => crowd.has(record)).length).toBeLessThan(2)
      }
    })

    it('is as any other where no prefix is known', async () => {
      await put(peersApart(40).map(withoutPrefix))

      expect(new Set(await drawn(20)).size).toBe(20)
    })

    it('gives no turn to what has expired', async () => {
      await put([...crowdOf(50, CROWD, 1), ...peersApart(20, 7200)])
      await context.advance(1000 + GRACE_MS + context.clockMarginMs)

      expect(new Set(await drawn(20))).toEqual(recordsOf(peersApart(20)))
      expect(new Set(await drawn(1000))).toEqual(recordsOf(peersApart(20)))
    })

    it('goes by the prefix of the last refresh', async () => {
      await put([...crowdOf(20, CROWD), ...peersApart(20)])
      await put(peersApart(19).map((peer) => ({ ...peer, ipPrefix: CROWD })))
      // Until what another instance has read before is read again.
      await context.advance(100)
      const [alone] = recordsOf(peersApart(20).slice(19))

      for (let sample = 0; sample < 20; sample++) {
        expect(await drawn(2)).toContain(alone)
      }
    })

    it('gives each prefix the same chance, and each place in the answer', async () => {
      const samples = 2000
      const size = 10

      await put([...peersApart(49), ...crowdOf(200, CROWD)])

      const crowd = recordsOf(crowdOf(200))
      const byPrefix = new Map<string, number>()
      const byPlace = new Map<string, number>()

      for (let sample = 0; sample < samples; sample++) {
        for (const [place, record] of (await drawn(size)).entries()) {
          const isOfCrowd = crowd.has(record)

          increment(byPrefix, isOfCrowd ? 'crowd' : record)

          if (isOfCrowd) {
            increment(byPlace, String(place))
          }
        }
      }

      expect(byPrefix.size).toBe(50)
      // 49 and 9 degrees of freedom: a fair draw stays below in all but one of a million runs.
      expect(chiSquare(byPrefix)).toBeLessThan(112)
      expect(chiSquare(byPlace)).toBeLessThan(49)
    })

    it('gives each peer of a prefix the same chance', async () => {
      await put([...peersApart(5), ...crowdOf(100, CROWD)])

      const crowd = recordsOf(crowdOf(100))
      const seen = new Map<string, number>()

      for (let sample = 0; sample < 1000; sample++) {
        for (const record of (await drawn(25)).filter((record) => crowd.has(record))) {
          increment(seen, record)
        }
      }

      expect(seen.size).toBe(100)
      // 99 degrees of freedom: a fair draw stays below in all but one of a million runs.
      expect(chiSquare(seen)).toBeLessThan(181)
    })

    it('is drawn only where it is asked for: else each registration has the same chance', async () => {
      await put([...peersApart(40), ...crowdOf(400, CROWD)])

      const crowd = recordsOf(crowdOf(400))
      let ofCrowd = 0

      for (let sample = 0; sample < 200; sample++) {
        const found = bytesOf(await context.store.sample(registrationOf(), 22))

        ofCrowd += found.filter((record) => crowd.has(record)).length
      }

      // Of 4400 draws, 4000 on average; a fair draw stays within 6 standard deviations.
      expect(Math.abs(ofCrowd - 4000)).toBeLessThan(115)
    })
  })
}

function recordsOf(registrations: Registration[]): Set<string> {
  return new Set(registrations.map(({ record }) => hex(record)))
}

function withoutPrefix(registration: Registration): Registration {
  return { ...registration, ipPrefix: undefined }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** How far counts are from being all the same. */
function chiSquare(counts: Map<string, number>): number {
  const values = [...counts.values()]
  const expected = values.reduce((sum, count) => sum + count, 0) / values.length

  return values.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}
