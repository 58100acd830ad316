import assert from 'node:assert/strict'
import type { CasePeer } from './case-peer.ts'
import type { ConformanceCase } from './conformance-case.ts'
import {
  expectCount,
  expectRecords,
  expectStatus,
  expectText,
  expectTtl,
  headOfAll,
  readPages
} from './expectations.ts'
import { joined, text } from './protobuf.ts'
import { ALL } from './protocols.ts'
import { isSealed } from './records.ts'
import { discoverFrame, registerFrame } from './requests.ts'

/** Where implementations differ: in bounds, numbers, codes, and what they can read. */
export const VALUE_DIVERGENCE_CASES: readonly ConformanceCase[] = [
  {
    name: 'T9: every registration sent has a namespace that may be, a TTL, and a sound envelope',
    protocols: ALL,
    source: 'T9; rust drops an answer for one bad registration',
    async run({ peers, namespace, protocol }) {
      const crowd = await peers(4)
      const [reader] = crowd as [CasePeer]
      const name = namespace()

      for (const one of crowd) {
        await one.registered({ namespace: name })
        await one.register({ namespace: name, record: text('no envelope') })
      }

      const found = await reader.registrations(name)

      expectCount(found, crowd.length)

      for (const { namespace, record, ttl } of found) {
        assert.deepEqual(namespace, name)
        assert.ok(ttl != null && ttl >= 1n, `a TTL of ${ttl}`)
        assert.ok(
          record != null && (await isSealed(record, protocol)),
          'a record that is not sealed'
        )
      }
    }
  },
  {
    name: 'T10: numbers are of 64 bits: a TTL beyond is refused, a limit beyond is none',
    protocols: ALL,
    source: 'T10',
    async run({ peers, namespace }) {
      const crowd = await peers(3)
      const [one] = crowd as [CasePeer]
      const name = namespace()

      for (const ttl of [-1n, 2n ** 63n, 2n ** 63n - 1n, 2n ** 64n - 1n, 2n ** 32n + 5n]) {
        expectStatus(await one.register({ namespace: name, ttl }), 102)
      }

      for (const peer of crowd) {
        await peer.registered({ namespace: name })
      }

      for (const limit of [-1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 32n + 1n, 2n ** 53n + 1n]) {
        const { registrations } = await one.found({ namespace: name, limit })

        assert.equal(registrations.length, 3, `limit ${limit}: ${registrations.length}`)
      }
    }
  },
  {
    name: 'T11: a namespace that is not UTF-8 never becomes another one',
    protocols: ALL,
    source: 'T11; decision 12; status TestRegisterRPC: 0xff',
    async run({ peer, namespace, protocol }) {
      const one = await peer()
      const record = await one.record()
      const stem = namespace()

      for (const byte of [0xff, 0xfe, 0xc0]) {
        const name = joined(stem, Uint8Array.of(byte))
        const register = registerFrame({ namespace: name, record })
        const discover = discoverFrame(protocol, { namespace: name })

        if (protocol.isPaged) {
          expectStatus(await one.registerBytes(register), 100)
          expectStatus(await one.discoverBytes(discover), 100)
        } else {
          await one.expectEnd('reset', register)
          await one.expectEnd('reset', discover)
        }
      }

      const replaced = joined(stem, text('\uFFFD'))
      expectCount(await one.registrations(replaced), 0)
    }
  },
  {
    name: 'T12: 256 bytes of namespace where 256 may be, never among all namespaces of the others',
    protocols: ALL,
    source: 'T12',
    async run({ peer, peerOf, namespace, protocol }) {
      const one = await peer()
      const name = namespace(256)

      if (!protocol.isPaged) {
        await one.registered({ namespace: name })
        expectCount(await one.registrations(name), 1)

        return
      }

      expectStatus(await one.register({ namespace: name }), 100)
      expectStatus(await one.discover({ namespace: name }), 100)

      const cookie = await headOfAll(one)
      const waku = await peerOf('waku', one.key)
      const short = namespace()

      await waku.registered({ namespace: name })
      await one.registered({ namespace: short })

      const { pages } = await readPages(one, { cookie })
      const found = pages.flat().map(({ namespace }) => namespace?.byteLength ?? 0)
      assert.ok(found.length > 0 && Math.max(...found) <= 255, 'a namespace too long was shown')
    }
  },
  {
    name: 'T13: somebody else’s record is refused: 101 to Waku peers of old, 200 to others',
    protocols: ALL,
    source: 'T13; rust eve_cannot_register; js protocol.spec',
    async run({ peer, namespace, protocol }) {
      const [eve, alice] = [await peer(), await peer()]
      const name = namespace()
      const record = await alice.record()
      const answer = await eve.register({ namespace: name, record })

      expectStatus(answer, protocol.ownerMismatchStatus)
      expectText(answer, 'peer id mismatch')
      expectCount(await eve.registrations(name), 0)
    }
  },
  {
    name: 'T14: right after a REGISTER a DISCOVER shows the granted TTL, never 0',
    protocols: ALL,
    source: 'T14; rust tests',
    async run({ peer, namespace, protocol, lifetime }) {
      const one = await peer()

      for (const ttl of [
        await lifetime(0),
        await lifetime(1),
        await lifetime(12),
        protocol.ttlSeconds.max
      ]) {
        const name = namespace()

        expectTtl(await one.registered({ namespace: name, ttl }), ttl)
        assert.deepEqual(
          (await one.registrations(name)).map((found) => found.ttl),
          [BigInt(ttl)]
        )
      }
    }
  },
  {
    name: 'T15: no TTL is sent beyond what the protocol allows',
    protocols: ALL,
    source: 'T15; rust #6619',
    async run({ peer, peerOf, namespace, protocol, point }) {
      const one = await peer()
      const name = namespace()
      const { max } = protocol.ttlSeconds

      const refused = await one.register({ namespace: name, ttl: 2n ** 64n - 1n })
      expectStatus(refused, 102)
      assert.ok((refused.ttl ?? 0n) <= max, `a refusal with a TTL of ${refused.ttl}`)

      if (protocol.name === 'waku' && point.spoken.includes('libp2p')) {
        const long = await peerOf('libp2p')
        const record = await long.record()

        await long.registered({ namespace: name, record, ttl: 7200 })
        const found = await one.registrations(name)

        expectRecords(found, record)
        expectTtl(found[0]?.ttl, BigInt(max))
      } else {
        await one.registered({ namespace: name, ttl: max })
        expectTtl((await one.registrations(name))[0]?.ttl, BigInt(max))
      }
    }
  },
  {
    name: 'T16: a record without addresses is refused with 101',
    protocols: ALL,
    source: 'T16; go TestSVCErrors',
    async run({ peer, namespace }) {
      const one = await peer()
      const name = namespace()
      const record = await one.record({ addresses: [] })
      const answer = await one.register({ namespace: name, record })

      expectStatus(answer, 101)
      expectText(answer, 'missing peer addresses')
      expectCount(await one.registrations(name), 0)
    }
  }
]
