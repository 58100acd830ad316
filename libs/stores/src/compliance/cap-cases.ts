import { GRACE_MS, type Registration, type RegistrationCaps } from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import { putAtOnce as putThrough } from './put-at-once.ts'
import type { StoreSuiteContext } from './store-suite-context.ts'
import { registrationOf } from './test-registrations.ts'

/** How many registrations there may be, exact whatever races. */
export function describeCaps(context: StoreSuiteContext): void {
  describe('caps', () => {
    /** Tries to put all, at the same time. Returns how many were refused, by cap. */
    function putAtOnce(registrations: Registration[], caps: Partial<RegistrationCaps>) {
      return putThrough([context.store], registrations, caps)
    }

    async function refusalOf(registration: Registration, caps: Partial<RegistrationCaps>) {
      return (await putAtOnce([registration], caps))[0]
    }

    describe('of one peer', () => {
      const caps = { perPeer: 5 }

      it('refuses a registration beyond, and leaves nothing of it', async () => {
        await putAtOnce(namespacesOf(5), caps)

        expect(await refusalOf(inNamespace(5), caps)).toBe('peer')
        expect(await context.store.stats()).toEqual({ registrations: 5, namespaces: 5 })
        expect(await context.store.sample(inNamespace(5), 1)).toEqual([])
      })

      it('accepts refreshes at the cap, and other peers', async () => {
        await putAtOnce(namespacesOf(5), caps)

        expect(await putAtOnce(namespacesOf(5), caps)).toEqual([])
        expect(await refusalOf(inNamespace(5, { peer: 1 }), caps)).toBeUndefined()
      })

      it('has room again once a registration was removed', async () => {
        await putAtOnce(namespacesOf(5), caps)
        await context.store.remove(inNamespace(2))

        expect(await refusalOf(inNamespace(5), caps)).toBeUndefined()
        expect(await refusalOf(inNamespace(6), caps)).toBe('peer')
      })

      it('has room again once a registration has expired, though nothing swept it up', async () => {
        await putAtOnce(namespacesOf(4, { ttlSeconds: 7200 }), caps)
        await putAtOnce([inNamespace(4, { ttlSeconds: 1 })], caps)
        const before = await refusalOf(inNamespace(5), caps)

        await context.advance(1000 + GRACE_MS + context.clockMarginMs)

        expect(before).toBe('peer')
        expect(await refusalOf(inNamespace(5), caps)).toBeUndefined()
        expect(await refusalOf(inNamespace(6), caps)).toBe('peer')
      })

      it('counts what lives on by refreshes, however long', async () => {
        for (let refresh = 0; refresh < 8; refresh++) {
          await putAtOnce(namespacesOf(5), caps)
          await context.advance(15_000)

          expect(await refusalOf(inNamespace(5), caps)).toBe('peer')
        }
      })

      it('has room again for one that expired, was looked at, and comes back', async () => {
        await putAtOnce(namespacesOf(5), caps)
        await context.advance(20_000 + GRACE_MS + context.clockMarginMs)

        expect(await refusalOf(inNamespace(7), caps)).toBeUndefined()
        expect(await putAtOnce(namespacesOf(4), caps)).toEqual([])
        expect(await refusalOf(inNamespace(4), caps)).toBe('peer')
      })

      it('is exact when 200 registrations race for 100 places', async () => {
        const refused = await putAtOnce(namespacesOf(200), { perPeer: 100 })

        expect(refused).toEqual(Array.from({ length: 100 }, () => 'peer'))
        expect((await context.store.stats()).registrations).toBe(100)
      })

      it('is exact when registrations come and go at the same time', async () => {
        for (let round = 0; round < 5; round++) {
          await Promise.all([
            putAtOnce(namespacesOf(30), { perPeer: 10 }),
            ...namespacesOf(30).map((of) => context.store.remove(of))
          ])
          await putAtOnce(namespacesOf(30), { perPeer: 10 })

          expect((await context.store.stats()).registrations).toBe(10)
        }
      })
    })

    describe('of one namespace', () => {
      const caps = { perNamespace: 5 }

      it('refuses a registration beyond, accepts refreshes and other namespaces', async () => {
        await putAtOnce(peersOf(5), caps)

        expect(await refusalOf(registrationOf({ peer: 5 }), caps)).toBe('namespace')
        expect(await putAtOnce(peersOf(5), caps)).toEqual([])
        expect(await refusalOf(inNamespace(1, { peer: 5 }), caps)).toBeUndefined()
      })

      it('takes nothing of a refused peer’s own cap', async () => {
        await putAtOnce(peersOf(5), caps)
        await refusalOf(registrationOf({ peer: 5 }), caps)

        expect(
          await refusalOf(inNamespace(1, { peer: 5 }), { ...caps, perPeer: 1 })
        ).toBeUndefined()
      })

      it('has room again when a registration ends', async () => {
        await putAtOnce(peersOf(4), caps)
        await putAtOnce([registrationOf({ peer: 4, ttlSeconds: 1 })], caps)
        await context.advance(2000 + GRACE_MS + context.clockMarginMs)

        expect(await refusalOf(registrationOf({ peer: 5 }), caps)).toBeUndefined()
        expect(await refusalOf(registrationOf({ peer: 6 }), caps)).toBe('namespace')
      })

      it('is exact when 50 registrations race for 20 places', async () => {
        const refused = await putAtOnce(peersOf(50), { perNamespace: 20 })

        expect(refused).toHaveLength(30)
        expect((await context.store.stats()).registrations).toBe(20)
      })
    })

    describe('of namespaces', () => {
      const caps = { namespaces: 5 }

      it('refuses a namespace beyond, and accepts registrations in those that are', async () => {
        await putAtOnce(namespacesOf(5), caps)

        expect(await refusalOf(inNamespace(5), caps)).toBe('namespaces')
        expect(await refusalOf(inNamespace(1, { peer: 1 }), caps)).toBeUndefined()
        expect(await context.store.stats()).toEqual({ registrations: 6, namespaces: 5 })
      })

      it('has room again when a namespace ends', async () => {
        await putAtOnce(namespacesOf(5), caps)
        await context.store.remove(inNamespace(1))

        expect(await refusalOf(inNamespace(5), caps)).toBeUndefined()
        expect(await refusalOf(inNamespace(6), caps)).toBe('namespaces')
      })

      it('is kept when 60 namespaces of different peers race for 20 places', async () => {
        const registrations = Array.from({ length: 60 }, (_, index) =>
          inNamespace(index, { peer: index })
        )
        const refused = await putAtOnce(registrations, { namespaces: 20 })

        expect(refused).toHaveLength(40)
        expect(await context.store.stats()).toEqual({ registrations: 20, namespaces: 20 })
      })
    })
  })
}

function inNamespace(index: number, of: Parameters<typeof registrationOf>[0] = {}): Registration {
  return registrationOf({ ...of, namespace: `n${index}` })
}

function namespacesOf(count: number, of?: Parameters<typeof registrationOf>[0]): Registration[] {
  return Array.from({ length: count }, (_, index) => inNamespace(index, of))
}

function peersOf(count: number): Registration[] {
  return Array.from({ length: count }, (_, peer) => registrationOf({ peer }))
}
