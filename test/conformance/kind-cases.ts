import assert from 'node:assert/strict'
import type { ConformanceCase } from './conformance-case.ts'
import { expectRecords, expectStatus, headOfAll, readPages } from './expectations.ts'
import { PAGED } from './protocols.ts'

/** Protocols next to each other on one point. */
export const KIND_CASES: readonly ConformanceCase[] = [
  {
    name: 'protocols of one kind of record show each other’s registrations',
    protocols: ['waku', 'libp2p'],
    source: 'decision 1',
    async run({ peer, peerOf, namespace, protocol }) {
      const one = await peer()
      const other = await peerOf(protocol.name === 'waku' ? 'libp2p' : 'waku')
      const name = namespace()
      const record = await one.record()

      await one.registered({ namespace: name, record })

      expectRecords(await other.registrations(name), record)
    }
  },
  {
    name: 'protocols of different kinds of record show nothing of each other',
    protocols: ['waku', 'waku1'],
    source: 'decision 1',
    async run({ peer, peerOf, namespace, protocol }) {
      const one = await peer()
      const other = await peerOf(protocol.name === 'waku' ? 'waku1' : 'libp2p', one.key)
      const name = namespace()
      const [mine, theirs] = [await one.record(), await other.record()]

      await one.registered({ namespace: name, record: mine })
      await other.registered({ namespace: name, record: theirs })

      expectRecords(await one.registrations(name), mine)
      expectRecords(await other.registrations(name), theirs)
      expectStatus(await one.register({ namespace: name, record: theirs }), 101)
    }
  },
  {
    name: 'what is registered only through the oldest Waku protocol is not among all namespaces',
    protocols: PAGED,
    source: 'decision 5',
    async run({ peer, peerOf, namespace }) {
      const one = await peer()
      const waku = await peerOf('waku')
      const cookie = await headOfAll(one)
      const [hidden, shown] = [namespace(), namespace()]

      await waku.registered({ namespace: hidden })
      await one.registered({ namespace: shown })

      const { pages } = await readPages(one, { cookie })
      const found = pages.flat().map(({ namespace }) => String(namespace))
      assert.ok(found.includes(String(shown)), 'the other one is not shown either')
      assert.ok(!found.includes(String(hidden)), 'it is shown')
    }
  }
]
