import assert from 'node:assert/strict'
import type { ConformanceCase } from './conformance-case.ts'
import { expectCount, expectStatus, expectTtl, headOfAll } from './expectations.ts'
import { bytesField, framed, joined } from './protobuf.ts'
import { ALL, PAGED } from './protocols.ts'
import { ADDRESS } from './records.ts'
import { discoverFrame, registerBody, registerFrame } from './requests.ts'

/** Where implementations differ: what they leave out, write out, and do with streams. */
export const FORM_DIVERGENCE_CASES: readonly ConformanceCase[] = [
  {
    name: 'T1: what proto3 peers leave out is read as zero: type, TTL, limit',
    protocols: ALL,
    source: 'T1',
    async run({ peer, namespace, protocol }) {
      const one = await peer()
      const name = namespace()
      const body = registerBody({ namespace: name, record: await one.record() })
      const answer = await one.registerBytes(framed(bytesField(2, body)))

      expectStatus(answer, 0)
      expectTtl(answer.ttl, protocol.ttlSeconds.default)
      expectCount((await one.found({ namespace: name })).registrations, 1)
    }
  },
  {
    name: 'T2: what proto2 peers write out is read as left out: type 0, TTL 0, limit 0',
    protocols: ALL,
    source: 'T2',
    async run({ peer, namespace, protocol }) {
      const [one, other] = [await peer(), await peer()]
      const name = namespace()

      expectTtl(await one.registered({ namespace: name, ttl: 0 }), protocol.ttlSeconds.default)
      await other.registered({ namespace: name, ttl: 0 })
      expectCount((await one.found({ namespace: name, limit: 0 })).registrations, 2)
    }
  },
  {
    name: 'T3: an empty cookie is refused with 103',
    protocols: PAGED,
    source: 'T3; nim errors: empty cookie',
    async run({ peer, namespace }) {
      const one = await peer()
      const cookie = new Uint8Array()

      expectStatus(await one.discover({ namespace: namespace(), cookie }), 103)
      expectStatus(await one.discover({ cookie }), 103)
    }
  },
  {
    name: 'T4: no namespace and an empty one are the same: all, and where there is no "all", none',
    protocols: ALL,
    source: 'T4',
    async run({ peer, peerOf, namespace, protocol, point }) {
      const one = await peer()
      const reader = await peer()
      const cookie = protocol.isPaged ? await headOfAll(reader) : undefined
      const name = namespace()

      await one.registered({ namespace: name })

      if (!protocol.isPaged && point.spoken.includes('libp2p')) {
        await (await peerOf('libp2p')).registered({ namespace: name })
      }

      for (const asked of [undefined, new Uint8Array()]) {
        const { registrations } = await reader.found({ namespace: asked, cookie })
        const isFound = registrations.some(({ namespace }) => String(namespace) === String(name))

        assert.equal(isFound, protocol.isPaged, isFound ? 'it was shown' : 'it was not shown')
        assert.ok(protocol.isPaged || registrations.length === 0, 'something was found')
      }
    }
  },
  {
    name: 'T5: UNREGISTER with an id or without: another’s is ignored, no namespace means all',
    protocols: PAGED,
    source: 'T5',
    async run({ peer, namespace }) {
      const [one, other] = [await peer(), await peer()]
      const [a, b, c] = [namespace(), namespace(), namespace()]

      for (const name of [a, b, c]) {
        await one.registered({ namespace: name })
      }

      await one.unregister({ namespace: a, id: other.id })
      await other.unregister({ namespace: a, id: one.id })
      await one.unregister({ id: other.id })
      expectCount(await other.registrations(a), 1)
      await one.unregister({ namespace: a, id: one.id })
      expectCount(await other.registrations(a), 0)
      expectCount(await other.registrations(b), 1)
      await one.unregister({})
      expectCount(await other.registrations(b), 0)
      expectCount(await other.registrations(c), 0)
    }
  },
  {
    name: 'T6: an unsigned record of old is refused with 101, and the stream goes on',
    protocols: ALL,
    source: 'T6; go TestSVCErrors: an empty PeerInfo',
    async run({ peer, namespace }) {
      const one = await peer()
      const stream = await one.open()
      const name = namespace()
      const unsigned = joined(bytesField(1, one.id), bytesField(2, ADDRESS))

      for (const record of [unsigned, new Uint8Array(), await one.record()]) {
        stream.send(registerFrame({ namespace: name, record }))
      }

      expectStatus(await stream.answer('register'), 101)
      expectStatus(await stream.answer('register'), 101)
      expectStatus(await stream.answer('register'), 0)
    }
  },
  {
    name: 'T7: a peer that half-closes before it reads is answered, then the stream is closed',
    protocols: ALL,
    source: 'T7; rust',
    async run({ peer, namespace, protocol }) {
      const one = await peer()
      const stream = await one.open()
      const name = namespace()

      stream.send(
        registerFrame({ namespace: name, record: await one.record() }),
        discoverFrame(protocol, { namespace: name })
      )
      await stream.closeWrite()

      expectStatus(await stream.answer('register'), 0)
      expectCount((await stream.answer('discover')).registrations, 1)
      await stream.expectEnd('closed')
    }
  },
  {
    name: 'T8: peers that reset after each answer, or send many requests at once, are served',
    protocols: ALL,
    source: 'T8; go clients',
    async run({ peer, namespace, protocol }) {
      const one = await peer()
      const discover = discoverFrame(protocol, { namespace: namespace() })

      for (let count = 0; count < 20; count++) {
        const stream = await one.open()

        stream.send(discover)
        expectStatus(await stream.answer('discover'), 0)
        stream.reset()
      }

      const stream = await one.open()

      stream.send(...Array.from({ length: 20 }, () => discover))

      for (let count = 0; count < 20; count++) {
        expectStatus(await stream.answer('discover'), 0)
      }
    }
  }
]
