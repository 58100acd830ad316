import assert from 'node:assert/strict'
import type { FoundRegistration } from './answers.ts'
import type { CasePeer } from './case-peer.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { expectCount, expectRecords, headOfAll, namespacesOf, readPages } from './expectations.ts'
import { text } from './protobuf.ts'
import { PAGED } from './protocols.ts'
import { registerAll } from './register-all.ts'

/** Pages: each registration once, and only what is new. */
export const PAGE_CASES: readonly ConformanceCase[] = [
  {
    name: 'a cookie shows exactly what is new: one, then each of three more, then nothing',
    protocols: PAGED,
    source: 'go TestSVCRegistrationAndDiscovery, TestDBRegistrationAndDiscovery; canvas; js server',
    async run({ peers, namespace }) {
      const crowd = await peers(4)
      const [reader] = crowd as [CasePeer]
      const name = namespace()
      let cookie: Uint8Array | undefined

      for (const one of crowd) {
        const record = await one.record()

        await one.registered({ namespace: name, record })
        const answer = await reader.found({ namespace: name, limit: 10, cookie })

        expectRecords(answer.registrations, record)
        cookie = answer.cookie
      }

      expectCount((await reader.found({ namespace: name, cookie })).registrations, 0)
      expectCount(await reader.registrations(name), 4)
    }
  },
  {
    name: 'over all namespaces a cookie shows what is new, then nothing, twice',
    protocols: PAGED,
    source: 'rust given_cookie_from_discover…only_get_diff, given_cookie_from_2nd_discover…',
    async run({ peer, namespace, point }) {
      const [one, reader] = [await peer(), await peer()]
      const names = [namespace(), namespace()].map((name) => new TextDecoder().decode(name))
      let cookie = await headOfAll(reader)

      for (const name of names) {
        await one.registered({ namespace: text(name) })
      }

      for (const expected of [names.toSorted(), [], []]) {
        const read = await readPages(reader, { cookie })
        const found = read.pages.flat().filter(({ namespace }) => point.isOwn(namespace))

        cookie = read.cookie
        assert.deepEqual(
          namespacesOf(found).filter((name) => names.includes(name)),
          expected
        )
      }
    }
  },
  {
    name: 'a limit of one goes page by page through all',
    protocols: PAGED,
    source: 'rust given_limit_cookie_can_be_used_for_pagination',
    async run({ peers, namespace }) {
      const crowd = await peers(3)
      const [reader] = crowd as [CasePeer]
      const name = namespace()
      const records = await registerAll(crowd, name)
      const { pages } = await readPages(reader, { namespace: name, limit: 1 })

      assert.deepEqual(sizes(pages), [1, 1, 1])
      expectRecords(pages.flat(), ...records)
    }
  },
  {
    name: 'eleven by pages of five: five, then the other six, then none',
    protocols: PAGED,
    source: 'nim "consecutive requests with namespace returns pagination"',
    async run({ peers, namespace }) {
      const crowd = await peers(11)
      const [reader] = crowd as [CasePeer]
      const name = namespace()
      const records = await registerAll(crowd, name)
      const five = await reader.found({ namespace: name, limit: 5 })
      const six = await reader.found({ namespace: name, cookie: five.cookie })
      const none = await reader.found({ namespace: name, cookie: six.cookie })

      assert.deepEqual(
        sizes([five, six, none].map(({ registrations }) => registrations)),
        [5, 6, 0]
      )
      expectRecords([...five.registrations, ...six.registrations], ...records)
    }
  },
  {
    name: 'pages over all namespaces show each registration once',
    protocols: PAGED,
    source: 'nim "pagination with multiple namespaces"',
    async run({ peers, namespace, point }) {
      const crowd = await peers(3)
      const [reader] = crowd as [CasePeer]
      const names = Array.from({ length: 4 }, () => namespace())
      const cookie = await headOfAll(reader)

      for (const name of names) {
        await registerAll(crowd, name)
      }

      const { pages } = await readPages(reader, { cookie, limit: 5 })
      const wanted = names.map((name) => new TextDecoder().decode(name))
      const found = namespacesOf(pages.flat().filter(({ namespace }) => point.isOwn(namespace)))

      assert.ok(Math.max(...sizes(pages)) <= 5, 'a page passed its limit')
      assert.deepEqual(
        found.filter((name) => wanted.includes(name)),
        wanted.flatMap((name) => [name, name, name]).toSorted()
      )
    }
  },
  {
    name: 'without a cookie all is shown again',
    protocols: PAGED,
    source: 'nim "without ns returns all 10 twice"; go: a fresh discover',
    async run({ peers, namespace }) {
      const crowd = await peers(3)
      const [reader] = crowd as [CasePeer]
      const name = namespace()
      const records = await registerAll(crowd, name)

      expectRecords(await reader.registrations(name), ...records)
      expectRecords(await reader.registrations(name), ...records)
    }
  },
  {
    name: 'a refresh is news to who holds a cookie, and the others are not',
    protocols: PAGED,
    source: 'js server "updated registration appears again under cookie"; decision 4',
    async run({ peers, namespace }) {
      const crowd = await peers(3)
      const [one, reader] = crowd as [CasePeer, CasePeer]
      const name = namespace()
      const [record] = (await registerAll(crowd, name)) as [Uint8Array]
      const { cookie } = await reader.found({ namespace: name })

      await one.registered({ namespace: name, record })

      const news = await reader.found({ namespace: name, cookie })
      expectRecords(news.registrations, record)
    }
  },
  {
    name: 'what is unregistered between two pages is on neither, and nobody is missed',
    protocols: PAGED,
    source: 'py: offsets skip and repeat; nim "cookie before low"',
    async run({ peers, namespace }) {
      const crowd = await peers(5)
      const [one, two, reader, four, five] = crowd as [
        CasePeer,
        CasePeer,
        CasePeer,
        CasePeer,
        CasePeer
      ]
      const name = namespace()
      const records = await registerAll([one, two, reader, four, five], name)
      const first = await reader.found({ namespace: name, limit: 2 })

      await one.unregister({ namespace: name })
      await four.unregister({ namespace: name })

      const rest = await reader.found({ namespace: name, cookie: first.cookie })
      expectRecords(first.registrations, ...records.slice(0, 2))
      expectRecords(rest.registrations, ...[2, 4].map((index) => records[index] as Uint8Array))
    }
  }
]

function sizes(pages: readonly (readonly FoundRegistration[])[]): number[] {
  return pages.map(({ length }) => length)
}
