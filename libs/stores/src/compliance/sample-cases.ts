import { GRACE_MS } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import type { StoreSuiteContext } from './store-suite-context.ts'
import { bytesOf, hex, peers, putAll, registrationOf } from './test-registrations.ts'

/** Random draws: every live peer has the same chance, and no neighbours come together. */
export function describeSamples(context: StoreSuiteContext): void {
  describe('sample', () => {
    it('returns nothing for a namespace that nobody registered in', async () => {
      expect(await context.store.sample(registrationOf({ namespace: 'nobody' }), 1000)).toEqual([])
    })

    it('returns all when there are fewer than asked for', async () => {
      await putAll(context.store, peers(0, 5))

      expect(await context.store.sample(registrationOf(), 10)).toHaveLength(5)
    })

    it('returns no more than asked for, each once', async () => {
      await putAll(context.store, peers(0, 30))

      const found = bytesOf(await context.store.sample(registrationOf(), 10))

      expect(found).toHaveLength(10)
      expect(new Set(found).size).toBe(10)
    })

    it('does not mix namespaces of which one begins like the other', async () => {
      await context.store.put(registrationOf({ namespace: 'first' }))
      await context.store.put(registrationOf({ namespace: 'firstprefix' }))

      const found = await context.store.sample(registrationOf({ namespace: 'first' }), 10)

      expect(bytesOf(found)).toEqual([hex(registrationOf({ namespace: 'first' }).record)])
    })

    it('keeps namespaces of hostile bytes apart', async () => {
      const names = [
        '{}',
        '{',
        '}',
        ':',
        ':x',
        ':r',
        '*',
        '?',
        '[a]',
        '\0',
        '\0\0',
        ' ',
        '\n',
        '\\',
        '/..',
        '__proto__'
      ].map((text) => Buffer.from(text))
      const binary = [Buffer.of(0xff), Buffer.of(0xfe), Buffer.of(0xc3), Buffer.of(0xc3, 0x28)]
      const namespaces = [...names, ...binary]

      await putAll(
        context.store,
        namespaces.map((namespace) => registrationOf({ namespace }))
      )

      for (const namespace of namespaces) {
        const registration = registrationOf({ namespace })

        expect(bytesOf(await context.store.sample(registration, 10))).toEqual([
          hex(registration.record)
        ])
      }

      const listed: string[] = []

      for await (const { namespace } of context.store.namespaces()) {
        listed.push(hex(namespace.bytes))
      }

      expect(listed.sort()).toEqual(namespaces.map(hex).sort())
    })

    it('gives each of 500 Ed25519 peers the same chance', async () => {
      const samples = 1000
      const size = 50

      await putAll(context.store, peers(0, 500))

      const seen = new Map<string, number>()

      for (let sample = 0; sample < samples; sample++) {
        for (const record of bytesOf(await context.store.sample(registrationOf(), size))) {
          seen.set(record, (seen.get(record) ?? 0) + 1)
        }
      }

      const expected = (samples * size) / 500
      const chiSquare = [...seen.values()].reduce(
        (sum, count) => sum + (count - expected) ** 2 / expected,
        0
      )

      expect(seen.size).toBe(500)
      // 499 degrees of freedom: a fair draw stays below in 9,999 of 10,000 runs.
      expect(chiSquare).toBeLessThan(624)
    })

    it('seldom draws peers together that registered together', async () => {
      const samples = 10_000
      const size = 50

      await putAll(context.store, peers(0, 4500))
      await putAll(context.store, peers(100_000, 1000))
      await putAll(context.store, peers(4500, 4500))

      const burst = new Set(peers(100_000, 1000).map(({ record }) => hex(record)))
      let captured = 0

      for (let sample = 0; sample < samples; sample++) {
        const found = bytesOf(await context.store.sample(registrationOf(), size))

        captured += found.filter((record) => burst.has(record)).length > size / 2 ? 1 : 0
      }

      expect(captured).toBeLessThan(samples / 1000)
    }, 60_000)

    it('finds 100 live registrations beside 100,000 expired ones', async () => {
      await putAll(
        context.store,
        peers(1000, 100_000).map((peer) => ({ ...peer, ttlSeconds: 1 })),
        // A busy machine takes its time for a thousand at once.
        { withinMs: 60_000 }
      )
      await putAll(
        context.store,
        peers(0, 100).map((peer) => ({ ...peer, ttlSeconds: 7200 }))
      )
      await context.advance(1000 + GRACE_MS + context.clockMarginMs)

      const found = bytesOf(await context.store.sample(registrationOf(), 1000))

      expect(new Set(found)).toEqual(new Set(peers(0, 100).map(({ record }) => hex(record))))
    }, 120_000)
  })
}
