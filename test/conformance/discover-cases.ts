import assert from 'node:assert/strict'
import type { ConformanceCase } from './conformance-case.ts'
import {
  expectCount,
  expectRecords,
  expectStatus,
  headOfAll,
  namespacesOf,
  readPages
} from './expectations.ts'
import { bytesField, text } from './protobuf.ts'
import { ALL, PAGED, SAMPLED } from './protocols.ts'

/** DISCOVER: what is found, how much of it, and how it is written. */
export const DISCOVER_CASES: readonly ConformanceCase[] = [
  {
    name: 'a namespace that nobody registered in is empty, not an error',
    protocols: ALL,
    source: 'go, rust, py, status TestDiscoverRPC; nim "returns 0 for empty namespace"',
    async run({ peer, namespace }) {
      const answer = await (await peer()).discover({ namespace: namespace() })

      expectStatus(answer, 0)
      expectCount(answer.registrations, 0)
      assert.ok(answer.isExplicit, 'status 0 was left out: Rust and Nim peers refuse that')
    }
  },
  {
    name: 'every registration in an answer has its namespace, record and TTL',
    protocols: ALL,
    source: 'peers 0.6: Rust peers drop the answer otherwise; decision 10',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const name = namespace()
      const record = await one.record()
      const ttl = await lifetime(5)

      await one.registered({ namespace: name, record, ttl })
      const answer = await (await peer()).found({ namespace: name })

      assert.ok(answer.isExplicit, 'status 0 was left out')
      assert.deepEqual(answer.registrations, [{ namespace: name, record, ttl: BigInt(ttl) }])
    }
  },
  {
    name: 'records are found byte for byte, unknown fields of the envelope included',
    protocols: ALL,
    source: 'peers 2.4: never re-encoded; decision 8',
    async run({ peer, namespace }) {
      const one = await peer()
      const name = namespace()
      const record = await one.record({ trailer: bytesField(77, text('for later')) })

      await one.registered({ namespace: name, record })

      expectRecords(await (await peer()).registrations(name), record)
    }
  },
  {
    name: 'a limit bounds the answer, and more than there are gives all there are',
    protocols: ALL,
    source: 'status TestGetRandom: 5 of 100, 10 of 10, 10 of 5; rust given_limit…; js limit 50',
    async run({ peers, namespace }) {
      const crowd = await peers(5)
      const [reader] = crowd as [(typeof crowd)[number]]
      const name = namespace()

      for (const one of crowd) {
        await one.registered({ namespace: name })
      }

      for (const [limit, count] of [
        [1, 1],
        [3, 3],
        [4, 4],
        [5, 5],
        [10, 5],
        [1000, 5],
        [1001, 5],
        [5000, 5]
      ]) {
        const { registrations } = await reader.found({ namespace: name, limit })
        const distinct = new Set(registrations.map(({ record }) => String(record)))

        assert.equal(registrations.length, count, `limit ${limit}: ${registrations.length}`)
        assert.equal(distinct.size, count, `limit ${limit}: one of them twice`)
      }
    }
  },
  ...[1, 45, 256].map(
    (beyond): ConformanceCase => ({
      name: `a DISCOVER of a namespace ${beyond} bytes too long is refused`,
      protocols: ALL,
      source: 'go TestSVCErrors; nim errors: 300',
      async run({ peer, protocol }) {
        const namespace = text('n'.repeat(protocol.namespaceBytesMax + beyond))
        const answer = await (await peer()).discover({ namespace })

        expectStatus(answer, 100)
        expectCount(answer.registrations, 0)
      }
    })
  ),
  {
    name: 'a peer that has registered nothing may ask',
    protocols: ALL,
    source: 'go-waku TestRendezvous: register in A, discover from B',
    async run({ peer, namespace }) {
      const one = await peer()
      const name = namespace()

      await one.registered({ namespace: name })

      expectCount(await (await peer()).registrations(name), 1)
    }
  },
  {
    name: 'each of many draws of one is another, and everybody comes up',
    protocols: SAMPLED,
    source: 'status TestGetRandomMultipleTimes; the seed’s B1',
    async run({ peers, namespace }) {
      const crowd = await peers(10)
      const [reader] = crowd as [(typeof crowd)[number]]
      const name = namespace()
      const drawn = new Set<string>()

      for (const one of crowd) {
        await one.registered({ namespace: name })
      }

      // That any of ten stays away from 150 draws happens once in 700,000 runs.
      for (let draw = 0; draw < 150; draw++) {
        const { registrations } = await reader.found({ namespace: name, limit: 1 })

        drawn.add(String(registrations[0]?.record))
      }

      assert.equal(drawn.size, crowd.length, `${drawn.size} of ${crowd.length} came up`)
    }
  },
  {
    name: 'peers that each know four of twelve are one graph',
    protocols: SAMPLED,
    source: 'status TestGraphConnected',
    async run({ peers, namespace }) {
      const crowd = await peers(12)
      const name = namespace()
      const records = await Promise.all(crowd.map((one) => one.record()))
      const known = new Map<string, Set<string>>()

      for (const [index, one] of crowd.entries()) {
        await one.registered({ namespace: name, record: records[index] })
      }

      for (const [index, one] of crowd.entries()) {
        const self = String(records[index])
        const { registrations } = await one.found({ namespace: name, limit: 4 })

        for (const { record } of registrations) {
          connect(known, self, String(record))
          connect(known, String(record), self)
        }
      }

      assert.equal(reachable(known, String(records[0])), crowd.length, 'some are out of reach')
    }
  },
  {
    name: 'a DISCOVER of all namespaces shows what was registered, and where',
    protocols: PAGED,
    source: 'rust given_registrations_when_discover_all; nim "without ns"',
    async run({ peer, namespace, point }) {
      const [one, other, reader] = [await peer(), await peer(), await peer()]
      const cookie = await headOfAll(reader)
      const names = [namespace(), namespace(), namespace()]

      await one.registered({ namespace: names[0] })
      await one.registered({ namespace: names[1] })
      await other.registered({ namespace: names[2] })

      const { pages } = await readPages(reader, { cookie })
      const found = pages.flat().filter(({ namespace }) => point.isOwn(namespace))
      const wanted = names.map((name) => new TextDecoder().decode(name))

      assert.deepEqual(
        namespacesOf(found).filter((name) => wanted.includes(name)),
        wanted.toSorted()
      )
    }
  },
  {
    name: 'a DISCOVER of one namespace shows nothing of another',
    protocols: ALL,
    source: 'rust given_registrations_when_discover_only_for_specific_namespace',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const [here, there] = [namespace(), namespace()]

      await one.registered({ namespace: here, ttl: await lifetime(1) })
      await one.registered({ namespace: there, ttl: await lifetime(2) })

      assert.deepEqual(
        (await one.registrations(here)).map(({ ttl, namespace }) => [ttl, namespace]),
        [[BigInt(await lifetime(1)), here]]
      )
    }
  },
  {
    name: 'the order within a page tells nothing',
    protocols: PAGED,
    source: 'nim: pages are shuffled; decision 14',
    async run({ peers, namespace }) {
      const crowd = await peers(7)
      const [reader] = crowd as [(typeof crowd)[number]]
      const name = namespace()
      const orders = new Set<string>()

      for (const one of crowd) {
        await one.registered({ namespace: name })
      }

      for (let count = 0; count < 6; count++) {
        orders.add(String((await reader.registrations(name)).map(({ record }) => record)))
      }

      assert.ok(orders.size > 1, 'the same order six times')
    }
  }
]

function connect(known: Map<string, Set<string>>, from: string, to: string): void {
  known.set(from, (known.get(from) ?? new Set()).add(to))
}

function reachable(known: Map<string, Set<string>>, from: string): number {
  const seen = new Set([from])

  for (const one of seen) {
    for (const next of known.get(one) ?? []) {
      seen.add(next)
    }
  }

  return seen.size
}
