import {
  GRACE_MS,
  type PagedRegistration,
  type PageSource,
  type Registration
} from '@rendezvous-cluster/rendezvous'
import { describe, expect, it } from 'vitest'
import type { StoreSuiteContext } from './store-suite-context.ts'
import { putAll, registrationOf } from './test-registrations.ts'

const ALL: PageSource = { kind: 'peer-record' }
const TEST = registrationOf()

/** Registrations in the order they were made, read page by page. */
export function describePages(context: StoreSuiteContext): void {
  describe('page', () => {
    /** Reads on from a cursor until a page is empty. */
    async function readOn(from: PageSource, after = 0, limit = 10) {
      const found: PagedRegistration[] = []
      let cursor = after

      for (;;) {
        const page = await context.store.page(from, cursor, limit)

        found.push(...page.registrations)
        cursor = page.cursor

        if (page.registrations.length === 0) {
          return { found, cursor }
        }
      }
    }

    async function putInTurn(registrations: Registration[]): Promise<void> {
      for (const registration of registrations) {
        await context.store.put(registration)
      }
    }

    describe.each([
      ['of one namespace', TEST],
      ['of all namespaces', ALL]
    ])('%s', (_name, source) => {
      it('returns registrations in the order they were made, each once', async () => {
        const registrations = peersOf(25)

        await putInTurn(registrations)

        const { found } = await readOn(source)

        expect(found.map(textOf)).toEqual(registrations.map(textOf))
      })

      it('returns no more than asked for', async () => {
        await putInTurn(peersOf(5))

        expect((await context.store.page(source, 0, 3)).registrations).toHaveLength(3)
      })

      it('goes on where the cursor is, with what was made since', async () => {
        await putInTurn(peersOf(3))
        const { cursor } = await readOn(source)

        await putInTurn(peersOf(5).slice(3))
        const { found } = await readOn(source, cursor)

        expect(found.map(textOf)).toEqual(peersOf(5).slice(3).map(textOf))
      })

      it('returns a refreshed registration again, once, in its new place', async () => {
        await putInTurn(peersOf(3))
        await putInTurn(peersOf(1))
        const first = await readOn(source)

        await putInTurn(peersOf(2).slice(1))
        const second = await readOn(source, first.cursor)

        expect(first.found.map(textOf)).toEqual([1, 2, 0].map(peerText))
        expect(second.found.map(textOf)).toEqual([1].map(peerText))
      })

      it('does not return what was removed', async () => {
        await putInTurn(peersOf(3))
        await context.store.remove(registrationOf({ peer: 1 }))

        expect((await readOn(source)).found.map(textOf)).toEqual([0, 2].map(peerText))
      })

      it('passes over what has expired', async () => {
        await putInTurn(peersOf(30).map((peer) => ({ ...peer, ttlSeconds: 1 })))
        await putInTurn([registrationOf({ peer: 30, ttlSeconds: 7200 })])
        await context.advance(1000 + GRACE_MS + context.clockMarginMs)

        const { found } = await readOn(source)

        expect(found.map(textOf)).toEqual([30].map(peerText))
      })

      it('tells what remains of each TTL', async () => {
        await context.store.put(registrationOf({ ttlSeconds: 20 }))
        await context.advance(5500)

        const { found } = await readOn(source)

        expect(found.map(({ ttlSeconds }) => ttlSeconds)).toEqual([15])
      })

      it('starts anew from a cursor that no sequence has come to', async () => {
        await putInTurn(peersOf(3))

        const { found } = await readOn(source, Number.MAX_SAFE_INTEGER)

        expect(found.map(textOf)).toEqual(peersOf(3).map(textOf))
      })

      it('is empty where nobody registered, and shows from its cursor who comes later', async () => {
        const { cursor } = await readOn(source)

        await putInTurn(peersOf(1))

        expect((await readOn(source, cursor)).found.map(textOf)).toEqual([0].map(peerText))
      })

      it('shows each of 600 registrations exactly once while they are written', async () => {
        const registrations = peersOf(600)
        const found: string[] = []
        let isWriting = true
        const writing = putAll(context.store, registrations).then(() => {
          isWriting = false
        })
        let cursor = 0

        for (;;) {
          const isLast = !isWriting
          const page = await context.store.page(source, cursor, 50)

          found.push(...page.registrations.map(textOf))
          cursor = page.cursor

          if (isLast && page.registrations.length === 0) {
            break
          }
        }

        await writing
        expect(found.toSorted()).toEqual(registrations.map(textOf).toSorted())
      })
    })

    it('numbers 1,000 registrations, each above the one before', async () => {
      const sequences: number[] = []

      for (let index = 0; index < 1000; index++) {
        await context.store.put(registrationOf({ peer: index % 3 }))
        const { cursor } = await readOn(TEST, sequences.at(-1) ?? 0)

        sequences.push(cursor)
      }

      expect(new Set(sequences).size).toBe(1000)
      expect(sequences).toEqual(sequences.toSorted((one, other) => one - other))
      expect(sequences.every(Number.isSafeInteger)).toBe(true)
    }, 60_000)

    it('of one namespace shows no other’s', async () => {
      await putInTurn(['a', 'ab', 'b'].map((namespace) => registrationOf({ namespace })))

      const { found } = await readOn(registrationOf({ namespace: 'a' }))

      expect(found.map(textOf)).toEqual([textOf(registrationOf({ namespace: 'a' }))])
    })

    it('of all namespaces tells which each is in', async () => {
      const namespaces = [Buffer.from('a'), Buffer.of(0xff, 0x00, 0x7d), Buffer.from('{b}')]

      await putInTurn(namespaces.map((namespace) => registrationOf({ namespace })))

      const { found } = await readOn(ALL)

      expect(found.map(({ namespace }) => Buffer.from(namespace.bytes))).toEqual(namespaces)
    })

    it('of all namespaces shows those that are listed, as of the last REGISTER', async () => {
      await putInTurn([
        registrationOf({ peer: 1, isListed: true }),
        registrationOf({ peer: 2, isListed: false }),
        registrationOf({ peer: 3, isListed: true }),
        registrationOf({ peer: 4, isListed: false }),
        registrationOf({ peer: 3, isListed: false }),
        registrationOf({ peer: 4, isListed: true })
      ])

      expect((await readOn(ALL)).found.map(textOf)).toEqual([1, 4].map(peerText))
      expect((await readOn(TEST)).found.map(textOf)).toEqual([1, 2, 3, 4].map(peerText))
    })

    it('of all namespaces merges many that were written in turn', async () => {
      const registrations = Array.from({ length: 700 }, (_, index) =>
        registrationOf({ peer: index, namespace: index % 5 === 0 ? `n${index}` : `n${index % 3}` })
      )

      await putInTurn(registrations)

      const { found } = await readOn(ALL, 0, 90)

      expect(found.map(textOf)).toEqual(registrations.map(textOf))
    })
  })
}

function peersOf(count: number): Registration[] {
  return Array.from({ length: count }, (_, peer) => registrationOf({ peer }))
}

function peerText(peer: number): string {
  return textOf(registrationOf({ peer }))
}

function textOf({ record }: { record: Uint8Array }): string {
  return Buffer.from(record).toString('latin1')
}
