import assert from 'node:assert/strict'
import type { ConformanceCase } from './conformance-case.ts'
import { expectCount, expectRecords, headOfAll, readPages } from './expectations.ts'
import { ALL, PAGED } from './protocols.ts'

/** How long a registration outlives its TTL, for peers that refresh exactly when it ends. */
const GRACE_SECONDS = 2

/** What clocks and sweeps may add. */
const MARGIN_SECONDS = 0.7

/** From the REGISTER to where nobody may see it any more. */
const untilGone = (ttlSeconds: number): number => ttlSeconds + GRACE_SECONDS + MARGIN_SECONDS

/** The ends of registrations. All wait in real time. */
export const EXPIRY_CASES: readonly ConformanceCase[] = [
  {
    name: 'a registration is gone after its TTL and the grace',
    protocols: ALL,
    source: 'go TestDBCleanup; py cleanup; rust registration_on_clients_expire',
    waitsSeconds: untilGone,
    async run({ peer, namespace, shortestTtl, wait }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()
      const ttl = await shortestTtl()

      await one.registered({ namespace: name, ttl })
      expectCount(await reader.registrations(name), 1)
      await wait(untilGone(ttl))

      expectCount(await reader.registrations(name), 0)
    }
  },
  {
    name: 'a registration is found until its TTL has passed, and in the grace with a TTL of 1',
    protocols: ALL,
    source: 'decisions 6 and 7: Go peers refresh exactly at their TTL',
    waitsSeconds: (ttl) => ttl + GRACE_SECONDS / 2,
    async run({ peer, namespace, shortestTtl, wait }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()
      const ttl = await shortestTtl()

      await one.registered({ namespace: name, ttl })
      await wait(ttl + GRACE_SECONDS / 2)

      assert.deepEqual(
        (await reader.registrations(name)).map(({ ttl }) => ttl),
        [1n]
      )
    }
  },
  {
    name: 'one expires and one lives',
    protocols: ALL,
    source: 'rust given_two_registration_ttls_one_expires_one_lives; go Expired(Many)CachedRecords',
    waitsSeconds: untilGone,
    async run({ peer, namespace, shortestTtl, wait }) {
      const [one, other, reader] = [await peer(), await peer(), await peer()]
      const name = namespace()
      const ttl = await shortestTtl()
      const record = await other.record()

      await one.registered({ namespace: name, ttl })
      await other.registered({ namespace: name, ttl: ttl + 10, record })
      await wait(untilGone(ttl))

      expectRecords(await reader.registrations(name), record)
    }
  },
  {
    name: 'a refresh puts off the end',
    protocols: ALL,
    source: 'status TestCleanOnRegister; nim "re-register before expiry"',
    waitsSeconds: untilGone,
    async run({ peer, namespace, shortestTtl, wait }) {
      const one = await peer()
      const name = namespace()
      const ttl = await shortestTtl()
      const record = await one.record()

      await one.registered({ namespace: name, ttl, record })
      await one.registered({ namespace: name, ttl: ttl + 10, record })
      await wait(untilGone(ttl))

      expectRecords(await one.registrations(name), record)
    }
  },
  {
    name: 'a refresh with a shorter TTL brings the end closer',
    protocols: ALL,
    source: 'decision 16: replaced whole',
    waitsSeconds: untilGone,
    async run({ peer, namespace, shortestTtl, wait }) {
      const one = await peer()
      const name = namespace()
      const ttl = await shortestTtl()

      await one.registered({ namespace: name, ttl: ttl + 10 })
      await one.registered({ namespace: name, ttl })
      await wait(untilGone(ttl))

      expectCount(await one.registrations(name), 0)
    }
  },
  {
    name: 'the TTL of an answer is what remains, rounded up',
    protocols: ALL,
    source: 'specs #330; peers T14; decision 6',
    waitsSeconds: () => 1.5,
    async run({ peer, namespace, shortestTtl, wait }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()
      const ttl = (await shortestTtl()) + 10
      const startedAtMs = performance.now()

      await one.registered({ namespace: name, ttl })
      await wait(1.5)

      const [found] = await reader.registrations(name)
      const passedSeconds = (performance.now() - startedAtMs) / 1000
      const told = Number(found?.ttl)

      // A second and a half have passed at least, and where all is slow more.
      assert.ok(
        told <= ttl - 1 && told >= Math.ceil(ttl - passedSeconds),
        `a TTL of ${told} s, of ${ttl} s and ${passedSeconds.toFixed(1)} s later`
      )
    }
  },
  {
    name: 'who has expired registers anew, and that expires in its turn',
    protocols: ALL,
    source: 'rust given_all_registrations_expired_then_…handle_new_registration_and_expiry',
    waitsSeconds: (ttl) => 2 * untilGone(ttl),
    async run({ peer, namespace, shortestTtl, wait }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()
      const ttl = await shortestTtl()
      const record = await one.record()

      for (let turn = 0; turn < 2; turn++) {
        await one.registered({ namespace: name, ttl, record })
        expectRecords(await reader.registrations(name), record)
        await wait(untilGone(ttl))
        expectCount(await reader.registrations(name), 0)
      }
    }
  },
  {
    name: 'pages skip what has expired, and come to what is behind it',
    protocols: PAGED,
    source: 'nim "with expired peers"; peers 2.6',
    waitsSeconds: untilGone,
    async run({ peers, namespace, shortestTtl, wait }) {
      const crowd = await peers(6)
      const [reader] = crowd as [(typeof crowd)[number]]
      const name = namespace()
      const ttl = await shortestTtl()
      const records = await Promise.all(crowd.map((one) => one.record()))

      // Of six, the second to the fourth expire.
      for (const [index, one] of crowd.entries()) {
        const isShort = index >= 1 && index <= 3

        await one.registered({
          namespace: name,
          ttl: isShort ? ttl : ttl + 20,
          record: records[index]
        })
      }

      await wait(untilGone(ttl))

      const living = [0, 4, 5].map((index) => records[index] as Uint8Array)
      const { pages } = await readPages(reader, { namespace: name, limit: 1 })
      expectRecords(pages.flat(), ...living)
    }
  },
  {
    name: 'a cookie outlives what it was given with, and shows only what is new',
    protocols: PAGED,
    source: 'rust cookies_are_cleaned_up_if_registrations_expire; decision 15',
    waitsSeconds: untilGone,
    async run({ peer, namespace, shortestTtl, wait }) {
      const [one, other] = [await peer(), await peer()]
      const name = namespace()
      const ttl = await shortestTtl()
      const record = await other.record()

      await one.registered({ namespace: name, ttl })
      const { cookie } = await other.found({ namespace: name })

      await wait(untilGone(ttl))
      const empty = await other.found({ namespace: name, cookie })

      expectCount(empty.registrations, 0)
      await other.registered({ namespace: name, record })
      expectRecords((await other.found({ namespace: name, cookie })).registrations, record)
      expectRecords(
        (await other.found({ namespace: name, cookie: empty.cookie })).registrations,
        record
      )
    }
  },
  {
    name: 'what has expired is gone from the pages of all namespaces',
    protocols: PAGED,
    source: 'nim "with expired peers"',
    waitsSeconds: untilGone,
    async run({ peer, namespace, shortestTtl, wait }) {
      const [one, reader] = [await peer(), await peer()]
      const [short, long] = [namespace(), namespace()].map((name) => new TextDecoder().decode(name))
      const ttl = await shortestTtl()
      const cookie = await headOfAll(reader)
      const own = async (): Promise<string[]> =>
        (await readPages(reader, { cookie })).pages
          .flat()
          .map(({ namespace }) => new TextDecoder().decode(namespace))
          .filter((name) => name === short || name === long)

      await one.registered({ namespace: Buffer.from(short as string), ttl })
      await one.registered({ namespace: Buffer.from(long as string), ttl: ttl + 20 })
      assert.deepEqual((await own()).toSorted(), [short, long].toSorted())
      await wait(untilGone(ttl))

      assert.deepEqual(await own(), [long])
    }
  },
  {
    name: 'UNREGISTER and a new REGISTER: the end of the old one ends nothing',
    protocols: PAGED,
    source: 'rust given_peer_unregisters_before_expiry…; old timers',
    waitsSeconds: untilGone,
    async run({ peer, namespace, shortestTtl, wait }) {
      const one = await peer()
      const name = namespace()
      const ttl = await shortestTtl()
      const record = await one.record()

      await one.registered({ namespace: name, ttl })
      await one.unregister({ namespace: name })
      await one.registered({ namespace: name, ttl: ttl + 20, record })
      await wait(untilGone(ttl))

      expectRecords(await one.registrations(name), record)
    }
  }
]
