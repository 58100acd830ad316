import assert from 'node:assert/strict'
import type { CasePeer } from './case-peer.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { expectCount, expectRecords, expectStatus, expectTtl } from './expectations.ts'
import { joined } from './protobuf.ts'
import { ALL, PAGED } from './protocols.ts'
import { discoverFrame, registerFrame, unregisterFrame } from './requests.ts'

/** Streams: how many requests, in which pieces, and how they end. */
export const STREAM_CASES: readonly ConformanceCase[] = [
  {
    name: 'requests in one write are answered one by one, in their order',
    protocols: ALL,
    source: 'js dos-attack-protection.spec: pipelined; peers 1d',
    async run({ peer, namespace, protocol, lifetime }) {
      const one = await peer()
      const name = namespace()
      const record = await one.record()
      const stream = await one.open()
      const shortest = await lifetime(1)
      const ttls = Array.from({ length: 10 }, (_, index) => shortest + index)

      stream.send(
        ...ttls.flatMap((ttl) => [
          registerFrame({ namespace: name, record, ttl }),
          discoverFrame(protocol, { namespace: name })
        ])
      )

      for (const ttl of ttls) {
        expectTtl((await stream.answer('register')).ttl, ttl)
        expectTtl((await stream.answer('discover')).registrations[0]?.ttl, ttl)
      }
    }
  },
  {
    name: 'one long stream is answered request after request, and shows each newcomer',
    protocols: PAGED,
    source: 'go TestClientRegistrationAndDiscoveryAsync',
    async run({ peers, namespace, protocol }) {
      const [reader, ...crowd] = (await peers(4)) as [CasePeer, ...CasePeer[]]
      const name = namespace()
      const stream = await reader.open()
      let cookie: Uint8Array | undefined

      for (const one of crowd) {
        const record = await one.record()

        await one.registered({ namespace: name, record })
        stream.send(discoverFrame(protocol, { namespace: name, cookie }))
        const answer = await stream.answer('discover')

        expectRecords(answer.registrations, record)
        cookie = answer.cookie
      }
    }
  },
  {
    name: 'a request in writes of one byte is answered',
    protocols: ALL,
    source: 'streams know no messages',
    async run({ peer, namespace }) {
      const one = await peer()
      const stream = await one.open()

      for (const byte of registerFrame({ namespace: namespace(), record: await one.record() })) {
        stream.send(Uint8Array.of(byte))
      }

      expectStatus(await stream.answer('register'), 0)
    }
  },
  {
    name: 'a request and a half in one write, then the other half: both are answered',
    protocols: ALL,
    source: 'streams know no messages',
    async run({ peer, namespace, protocol }) {
      const stream = await (await peer()).open()
      const discover = discoverFrame(protocol, { namespace: namespace() })
      const [head, tail] = [discover.subarray(0, 5), discover.subarray(5)]

      stream.send(joined(discover, head))
      expectStatus(await stream.answer('discover'), 0)
      stream.send(tail)

      expectStatus(await stream.answer('discover'), 0)
    }
  },
  {
    name: 'a stream that ends without a request is closed, not reset',
    protocols: ALL,
    source: 'peers 1d: after EOF',
    async run({ peer }) {
      const stream = await (await peer()).open()

      await stream.closeWrite()
      await stream.expectEnd('closed')
    }
  },
  {
    name: 'a refused request does not end the stream',
    protocols: ALL,
    source: 'go TestSVCErrors: one stream; decision 13',
    async run({ peer, namespace }) {
      const one = await peer()
      const stream = await one.open()
      const record = await one.record()

      stream.send(
        registerFrame({ namespace: new Uint8Array(), record }),
        registerFrame({ namespace: namespace(), record, ttl: 2 ** 40 }),
        registerFrame({ namespace: namespace(), record })
      )

      expectStatus(await stream.answer('register'), 100)
      expectStatus(await stream.answer('register'), 102)
      expectStatus(await stream.answer('register'), 0)
    }
  },
  {
    name: 'several streams of one connection are answered at the same time',
    protocols: ALL,
    source: 'py concurrent operations',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const record = await one.record()
      const shortest = await lifetime(1)

      await one.registered({ namespace: namespace() })
      const streams = await Promise.all(Array.from({ length: 8 }, () => one.open()))

      for (const [index, stream] of streams.entries()) {
        stream.send(registerFrame({ namespace: namespace(), record, ttl: shortest + index }))
      }

      const ttls = await Promise.all(
        streams.map(async (stream) => (await stream.answer('register')).ttl)
      )
      assert.deepEqual(
        ttls,
        streams.map((_, index) => BigInt(shortest + index))
      )
    }
  },
  {
    name: 'two connections of one peer are one registration',
    protocols: ALL,
    source: 'registrations are of a peer, not of a connection',
    async run({ peer, namespace }) {
      const one = await peer()
      const twin = await peer(one.key)
      const name = namespace()
      const record = await twin.record()

      await one.registered({ namespace: name })
      await twin.registered({ namespace: name, record })

      expectRecords(await one.registrations(name), record)
    }
  },
  {
    name: 'a registration outlives the connection of its peer',
    protocols: ALL,
    source: 'py, rust: registrations end by TTL',
    async run({ peer, namespace }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()
      const record = await one.record()

      await one.registered({ namespace: name, record })
      await one.stop()

      expectRecords(await reader.registrations(name), record)
    }
  },
  {
    name: 'register, discover, unregister: the whole way of a peer',
    protocols: PAGED,
    source: 'py full workflow; nwaku "simple remote test"',
    async run({ peer, namespace, protocol, lifetime }) {
      const [one, other] = [await peer(), await peer()]
      const name = namespace()
      const record = await one.record()
      const stream = await one.open()

      stream.send(registerFrame({ namespace: name, record, ttl: await lifetime(5) }))
      expectTtl((await stream.answer('register')).ttl, await lifetime(5))
      expectRecords(await other.registrations(name), record)
      stream.send(
        unregisterFrame({ namespace: name }),
        discoverFrame(protocol, { namespace: name })
      )
      expectCount((await stream.answer('discover')).registrations, 0)
      await stream.closeWrite()
      await stream.expectEnd('closed')
      expectCount(await other.registrations(name), 0)
    }
  }
]
