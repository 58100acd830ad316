import {
  CAPS_DEFAULT,
  GRACE_MS,
  type RegistrationStore,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import { beforeEach, describe, expect, it } from 'vitest'
import { describeCaps } from './cap-cases.ts'
import { describePages } from './page-cases.ts'
import { describePrefixCaps } from './prefix-cap-cases.ts'
import { describeSamples } from './sample-cases.ts'
import { describeSpreadSamples } from './spread-cases.ts'
import { type StoreSuiteInit, useStore } from './store-under-test.ts'
import { bytesOf, hex, peers, putAll, registrationOf } from './test-registrations.ts'

/** What every registration store does, whatever it keeps registrations in. */
export function describeRegistrationStore(name: string, init: StoreSuiteInit): void {
  describe(`registration store: ${name}`, () => {
    const context = useStore(init, { keepsPrefixes: false })
    let store: RegistrationStore

    beforeEach(() => {
      store = context.store
    })

    async function sweepAll(): Promise<void> {
      while ((await store.sweep()).hasMore) {
        // Each call removes a bounded number.
      }
    }

    describe('put', () => {
      it('makes a registration that sample returns byte by byte', async () => {
        const record = Uint8Array.of(0x00, 0xff, 0x0a, 0x0d, 0x7b, 0x7d, 0x00)

        await store.put(registrationOf({ record }))

        expect(bytesOf(await store.sample(registrationOf(), 10))).toEqual([hex(record)])
      })

      it('keeps a record of 4096 bytes in a namespace of 256', async () => {
        const registration = registrationOf({
          namespace: Buffer.alloc(256, 0x6e),
          record: Buffer.alloc(4096, 0xab)
        })

        await store.put(registration)

        expect(bytesOf(await store.sample(registration, 1))).toEqual([hex(registration.record)])
      })

      it('keeps its own copy of the record', async () => {
        const record = Buffer.from('as it was')

        await store.put(registrationOf({ record }))
        record.fill(0)

        expect(bytesOf(await store.sample(registrationOf(), 1))).toEqual([
          hex(Buffer.from('as it was'))
        ])
      })

      it('replaces the earlier registration of the peer whole', async () => {
        await store.put(registrationOf({ record: Buffer.from('old'), ttlSeconds: 3000 }))
        await store.put(registrationOf({ record: Buffer.from('new'), ttlSeconds: 10 }))

        const found = await store.sample(registrationOf(), 10)

        expect(bytesOf(found)).toEqual([hex(Buffer.from('new'))])
        expect(found[0]?.ttlSeconds).toBeLessThanOrEqual(10)
      })

      it('leaves one registration when 200 puts of one peer race', async () => {
        await Promise.all(
          Array.from({ length: 200 }, (_, index) =>
            store.put(registrationOf({ record: Buffer.from(`record ${index}`) }))
          )
        )

        expect(await store.sample(registrationOf(), 10)).toHaveLength(1)
        expect(await store.stats()).toEqual({ registrations: 1, namespaces: 1 })
      })
    })

    describe('expiry', () => {
      it('returns a registration until its TTL and the grace have passed, then never', async () => {
        const endMs = 20_000 + GRACE_MS

        await store.put(registrationOf({ ttlSeconds: 20 }))
        await context.advance(endMs - init.clockMarginMs)
        const before = await store.sample(registrationOf(), 10)

        await context.advance(2 * init.clockMarginMs)
        const after = await store.sample(registrationOf(), 10)

        expect(before).toHaveLength(1)
        expect(after).toEqual([])
      })

      it('tells what remains of the TTL, rounded up, and 1 during the grace', async () => {
        await store.put(registrationOf({ ttlSeconds: 20 }))
        const [fresh] = await store.sample(registrationOf(), 1)

        await context.advance(5500)
        const [later] = await store.sample(registrationOf(), 1)

        await context.advance(15_000)
        const [inGrace] = await store.sample(registrationOf(), 1)

        expect([fresh, later, inGrace].map((found) => found?.ttlSeconds)).toEqual([20, 15, 1])
      })

      it('starts anew with a refresh, also during the grace', async () => {
        await store.put(registrationOf({ ttlSeconds: 20 }))
        await context.advance(20_000 + GRACE_MS / 2)
        await store.put(registrationOf({ ttlSeconds: 20 }))
        await context.advance(20_000)

        expect(await store.sample(registrationOf(), 1)).toHaveLength(1)
      })

      it('comes earlier when a refresh asks for less', async () => {
        await store.put(registrationOf({ ttlSeconds: 7200 }))
        await store.put(registrationOf({ ttlSeconds: 20 }))
        await context.advance(20_000 + GRACE_MS + init.clockMarginMs)

        expect(await store.sample(registrationOf(), 1)).toEqual([])
      })

      it('is each registration’s own', async () => {
        await store.put(registrationOf({ peer: 1, ttlSeconds: 20 }))
        await store.put(registrationOf({ peer: 2, ttlSeconds: 60 }))
        await context.advance(20_000 + GRACE_MS + init.clockMarginMs)

        const found = await store.sample(registrationOf(), 10)

        expect(bytesOf(found)).toEqual([hex(registrationOf({ peer: 2 }).record)])
      })
    })

    describe('remove', () => {
      it('removes the peer’s registration of the namespace and no other', async () => {
        await store.put(registrationOf({ peer: 1 }))
        await store.put(registrationOf({ peer: 2 }))
        await store.put(registrationOf({ peer: 1, namespace: 'other' }))

        expect(await store.remove(registrationOf({ peer: 1 }))).toBe(true)

        expect(bytesOf(await store.sample(registrationOf(), 10))).toEqual([
          hex(registrationOf({ peer: 2 }).record)
        ])
        expect(await store.sample(registrationOf({ namespace: 'other' }), 10)).toHaveLength(1)
      })

      it('is no error where there is nothing to remove', async () => {
        await store.put(registrationOf({ peer: 1 }))

        expect(await store.remove(registrationOf({ peer: 2 }))).toBe(false)
        expect(await store.remove(registrationOf({ namespace: 'other' }))).toBe(false)
      })

      it('does not count an expired registration', async () => {
        await store.put(registrationOf({ ttlSeconds: 1 }))
        await context.advance(1000 + GRACE_MS + init.clockMarginMs)

        expect(await store.remove(registrationOf())).toBe(false)
      })

      it('leaves no namespace behind with the last registration', async () => {
        await store.put(registrationOf())
        await store.remove(registrationOf())

        expect(await store.stats()).toEqual({ registrations: 0, namespaces: 0 })
      })
    })

    describe('removeAll', () => {
      it('removes a peer’s registrations of one kind, and no other', async () => {
        const namespaces = ['a', 'b', 'c']

        await putAll(
          store,
          namespaces.flatMap((namespace) => [
            registrationOf({ namespace }),
            registrationOf({ namespace, peer: 1 }),
            registrationOf({ namespace, kind: 'waku-peer-record' })
          ])
        )

        expect(await store.removeAll(registrationOf())).toBe(3)

        for (const namespace of namespaces) {
          const ofOtherKind = registrationOf({ namespace, kind: 'waku-peer-record' })

          expect(bytesOf(await store.sample(registrationOf({ namespace }), 10))).toEqual([
            hex(registrationOf({ namespace, peer: 1 }).record)
          ])
          expect(await store.sample(ofOtherKind, 10)).toHaveLength(1)
        }
      })

      it('is no error for a peer without registrations, or with expired ones', async () => {
        await store.put(registrationOf({ ttlSeconds: 1 }))
        await context.advance(1000 + GRACE_MS + init.clockMarginMs)

        expect(await store.removeAll(registrationOf())).toBe(0)
        expect(await store.removeAll(registrationOf({ peer: 1 }))).toBe(0)
      })

      it('frees the peer’s cap at once', async () => {
        const caps = { ...CAPS_DEFAULT, perPeer: 2 }

        await store.put(registrationOf({ namespace: 'a' }), { caps })
        await store.put(registrationOf({ namespace: 'b' }), { caps })
        await store.removeAll(registrationOf())

        await expect(
          store.put(registrationOf({ namespace: 'c' }), { caps })
        ).resolves.toBeUndefined()
      })
    })

    it('never mixes kinds of records, in samples and in pages', async () => {
      await store.put(registrationOf({ peer: 1 }))
      await store.put(registrationOf({ peer: 2, kind: 'waku-peer-record' }))

      for (const [kind, peer] of [
        ['peer-record', 1],
        ['waku-peer-record', 2]
      ] as const) {
        const { namespace, record } = registrationOf({ peer })
        const page = await store.page({ kind, namespace }, 0, 10)
        const pageOfAll = await store.page({ kind }, 0, 10)

        expect(bytesOf(await store.sample({ kind, namespace }, 10))).toEqual([hex(record)])
        expect(bytesOf(page.registrations)).toEqual([hex(record)])
        expect(bytesOf(pageOfAll.registrations)).toEqual([hex(record)])
      }
    })

    describeSamples(context)
    describePages(context)
    describeCaps(context)

    describe('sweep', () => {
      it('removes what has expired, namespaces too, and nothing else', async () => {
        await putAll(
          store,
          peers(0, 2500).map((peer) => ({ ...peer, ttlSeconds: 1 }))
        )
        await store.put(registrationOf({ namespace: 'short', ttlSeconds: 1 }))
        await store.put(registrationOf({ namespace: 'long', ttlSeconds: 7200 }))
        await context.advance(3000 + GRACE_MS + init.clockMarginMs)
        await sweepAll()

        expect(await store.stats()).toEqual({ registrations: 1, namespaces: 1 })
        expect(await store.sample(registrationOf({ namespace: 'long' }), 1)).toHaveLength(1)
      }, 30_000)

      it('does not remove a registration during its grace', async () => {
        await store.put(registrationOf({ ttlSeconds: 1 }))
        await context.advance(1000 + GRACE_MS / 2)
        await sweepAll()

        expect(await store.sample(registrationOf(), 1)).toHaveLength(1)
      })

      it('comes back for what was refreshed meanwhile', async () => {
        await store.put(registrationOf({ ttlSeconds: 5 }))
        await context.advance(4000)
        await store.put(registrationOf({ ttlSeconds: 5 }))
        await context.advance(4000)
        await sweepAll()
        const refreshed = await store.stats()

        await context.advance(4000 + GRACE_MS)
        await sweepAll()

        expect(refreshed.registrations).toBe(1)
        expect(await store.stats()).toEqual({ registrations: 0, namespaces: 0 })
      })
    })

    describe('stats and namespaces', () => {
      it('count registrations and namespaces', async () => {
        await putAll(store, peers(0, 7))
        await store.put(registrationOf({ namespace: 'other' }))

        const listed: Record<string, number> = {}

        for await (const { namespace, registrations } of store.namespaces()) {
          listed[Buffer.from(namespace.bytes).toString()] = registrations
        }

        expect(await store.stats()).toEqual({ registrations: 8, namespaces: 2 })
        expect(listed).toEqual({ test: 7, other: 1 })
      })
    })

    it('does nothing once the signal is aborted', async () => {
      const signal = AbortSignal.abort(new Error('enough'))

      await expect(store.put(registrationOf(), { signal })).rejects.toThrow('enough')
      await expect(store.remove(registrationOf(), { signal })).rejects.toThrow('enough')
      await expect(store.sample(registrationOf(), 1, { signal })).rejects.toThrow('enough')
      await expect(store.page(registrationOf(), 0, 1, { signal })).rejects.toThrow('enough')
      await expect(store.stats({ signal })).rejects.toThrow('enough')
      await expect(store.sweep({ signal })).rejects.toThrow('enough')

      expect(await store.stats()).toEqual({ registrations: 0, namespaces: 0 })
    })

    it('is unavailable once it is closed', async () => {
      await store.close()

      await expect(store.put(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
      await expect(store.remove(registrationOf())).rejects.toBeInstanceOf(UnavailableError)
      await expect(store.sample(registrationOf(), 1)).rejects.toBeInstanceOf(UnavailableError)
      await expect(store.page(registrationOf(), 0, 1)).rejects.toBeInstanceOf(UnavailableError)
      await expect(store.stats()).rejects.toBeInstanceOf(UnavailableError)
      await expect(store.sweep()).rejects.toBeInstanceOf(UnavailableError)
    })
  })
  describe(`registration store that keeps IP prefixes: ${name}`, () => {
    const context = useStore(init, { keepsPrefixes: true })

    describePrefixCaps(context)
    describeSpreadSamples(context)
  })
}
