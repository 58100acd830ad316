import assert from 'node:assert/strict'
import type { CasePeer } from './case-peer.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { expectCount, expectRecords, expectStatus, headOfAll, hex } from './expectations.ts'
import { joined, text } from './protobuf.ts'
import { PAGED } from './protocols.ts'
import { registerAll } from './register-all.ts'

const CURSOR_BYTES = 8

/** Cookies: how they look, and which are taken. */
export const COOKIE_CASES: readonly ConformanceCase[] = [
  {
    name: 'every OK has a cookie of eight bytes and the namespace, also one of nothing',
    protocols: PAGED,
    source: 'rust cookie_wire_encoding_length; peers 0.5; decision 15',
    async run({ peer, namespace }) {
      const one = await peer()
      const [empty, used] = [namespace(), namespace()]

      await one.registered({ namespace: used })

      for (const name of [empty, used]) {
        const { cookie } = await one.found({ namespace: name })

        assert.ok(cookie != null, 'no cookie')
        assert.equal(hex(cookie.subarray(CURSOR_BYTES)), hex(name), 'its end is not the namespace')
      }
    }
  },
  {
    name: 'the cookie of all namespaces is eight bytes',
    protocols: PAGED,
    source: 'peers 0.5; decision 15',
    async run({ peer }) {
      const cookie = await headOfAll(await peer())

      assert.equal(cookie?.byteLength, CURSOR_BYTES, `${cookie?.byteLength} bytes of cookie`)
    }
  },
  {
    name: 'a cookie of nothing new is as good for the next time',
    protocols: PAGED,
    source: 'nim "cookie past end => empty then new ones visible"; js server',
    async run({ peer, namespace }) {
      const [one, other] = [await peer(), await peer()]
      const name = namespace()
      const record = await other.record()
      let { cookie } = await one.found({ namespace: name })

      await one.registered({ namespace: name })

      for (const count of [1, 0, 0]) {
        const answer = await one.found({ namespace: name, cookie })

        expectCount(answer.registrations, count)
        cookie = answer.cookie
      }

      await other.registered({ namespace: name, record })
      expectRecords((await one.found({ namespace: name, cookie })).registrations, record)
    }
  },
  {
    name: 'a cookie is as good for another peer on another connection',
    protocols: PAGED,
    source: 'decision 15: no table',
    async run({ peers, namespace }) {
      const crowd = await peers(3)
      const [one, other] = crowd as [CasePeer, CasePeer]
      const name = namespace()
      const records = await registerAll(crowd, name)
      const first = await one.found({ namespace: name, limit: 1 })
      const rest = await other.found({ namespace: name, cookie: first.cookie })

      expectRecords([...first.registrations, ...rest.registrations], ...records)
    }
  },
  {
    name: 'a cookie whose peer has unregistered goes on from the same place',
    protocols: PAGED,
    source: 'rust: cookies emptied by expiry return everything',
    async run({ peers, namespace }) {
      const crowd = await peers(3)
      const [, last, late] = crowd as [CasePeer, CasePeer, CasePeer]
      const name = namespace()

      await registerAll(crowd.slice(0, 2), name)
      const { cookie } = await late.found({ namespace: name })

      await last.unregister({ namespace: name })
      const [record] = (await registerAll([late], name)) as [Uint8Array]

      expectRecords((await late.found({ namespace: name, cookie })).registrations, record)
    }
  },
  ...(
    [
      ['of seven bytes', () => new Uint8Array(7)],
      ['of ten random bytes', () => Uint8Array.from({ length: 10 }, (_, at) => 200 - at)],
      ['of forty random bytes', () => Uint8Array.from({ length: 40 }, (_, at) => 255 - at)],
      ['of a longer namespace', (name) => joined(new Uint8Array(8), name, text('x'))],
      ['of a shorter namespace', (name) => joined(new Uint8Array(8), name.subarray(0, -1))],
      ['of all namespaces', () => new Uint8Array(8)]
    ] satisfies [string, (name: Uint8Array) => Uint8Array][]
  ).map(
    ([what, cookieOf]): ConformanceCase => ({
      name: `a cookie is refused: ${what}`,
      protocols: PAGED,
      source: 'go TestSVCErrors; nim; decision 15',
      async run({ peer, namespace }) {
        const one = await peer()
        const name = namespace()
        const cookie = cookieOf(name)
        const answer = await one.discover({ namespace: name, cookie })

        expectStatus(answer, 103)
        expectCount(answer.registrations, 0)
        expectStatus(await one.discover({ namespace: name }), 0)
      }
    })
  ),
  {
    name: 'a cookie of one namespace is refused for another, and for all',
    protocols: PAGED,
    source: 'rust cookie_from_different_discover_request_is_not_valid; go TestPackCookie',
    async run({ peer, namespace }) {
      const one = await peer()
      const name = namespace()

      await one.registered({ namespace: name })
      const { cookie } = await one.found({ namespace: name })

      expectStatus(await one.discover({ namespace: namespace(), cookie }), 103)
      expectStatus(await one.discover({ cookie }), 103)
      expectStatus(await one.discover({ namespace: new Uint8Array(), cookie }), 103)
    }
  },
  ...(
    [
      ['of the far future', new Uint8Array(8).fill(0xff)],
      ['of the future', Uint8Array.of(0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
      ['of the beginning', new Uint8Array(8)]
    ] satisfies [string, Uint8Array][]
  ).map(
    ([what, cursor]): ConformanceCase => ({
      name: `a cookie ${what} shows all from the start`,
      protocols: PAGED,
      source: 'peers C2: stale is better than refused; nim "cookie before low"; decision 15',
      async run({ peers, namespace }) {
        const crowd = await peers(2)
        const [reader] = crowd as [CasePeer]
        const name = namespace()
        const records = await registerAll(crowd, name)
        const { registrations } = await reader.found({
          namespace: name,
          cookie: joined(cursor, name)
        })

        expectRecords(registrations, ...records)
      }
    })
  )
]
