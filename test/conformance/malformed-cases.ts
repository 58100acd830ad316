import assert from 'node:assert/strict'
import type { CasePeer } from './case-peer.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { expectStatus, expectTtl } from './expectations.ts'
import { bytesField, framed, joined, numberField, text, varint } from './protobuf.ts'
import { ALL, PAGED, type Protocol, type ProtocolName } from './protocols.ts'
import { discoverFrame, registerBody, registerFrame } from './requests.ts'

/** Bytes that are no request: the stream is reset without an answer, the connection goes on. */
interface Malformed {
  name: string
  source: string
  /** Default: all. */
  protocols?: readonly ProtocolName[]
  bytes: (from: { protocol: Protocol; one: CasePeer }) => Uint8Array | Promise<Uint8Array>
  /** Whether the peer half-closes behind them. */
  thenEnds?: true
}

const NAMESPACE = text('conformance')

/** Zeros where bytes should be, and bytes where zeros should: careless readers take them. */
const MALFORMED: readonly Malformed[] = [
  {
    name: 'bytes that are no message',
    source: 'status TestRegisterRPC: undecodable',
    bytes: () => framed(Uint8Array.of(0xff, 0xff))
  },
  {
    name: 'text',
    source: 'status TestRegisterRPC: undecodable',
    bytes: () => framed(text('GET / HTTP/1.1'))
  },
  {
    name: 'a body that ends beyond its message',
    source: 'go, rust: undecodable',
    bytes: () => framed(Uint8Array.of(0x08, 0x00, 0x12, 0x20, 0x0a, 0x01, 0x6e))
  },
  {
    name: 'a namespace that ends beyond its body',
    source: 'go, rust: undecodable',
    bytes: () =>
      framed(
        joined(
          numberField(1, 0),
          bytesField(2, Uint8Array.of(0x0a, 0x20, 0x6e)),
          bytesField(99, new Uint8Array(64))
        )
      )
  },
  {
    name: 'a body that is a number',
    source: 'go, rust: wrong wire type',
    bytes: () => framed(joined(numberField(1, 0), numberField(2, 0)))
  },
  {
    name: 'a namespace that is a number',
    source: 'go, rust: wrong wire type',
    bytes: () => framed(joined(numberField(1, 0), bytesField(2, numberField(1, 0))))
  },
  {
    name: 'a type that is bytes',
    source: 'go, rust: wrong wire type',
    bytes: () => framed(joined(bytesField(1, new Uint8Array()), bytesField(2, registerBody({}))))
  },
  {
    name: 'a type that nobody knows',
    source: 'peers 1d',
    bytes: ({ protocol }) =>
      framed(joined(numberField(1, protocol.types.unknown), bytesField(2, registerBody({}))))
  },
  {
    name: 'a type of 1000',
    source: 'peers 1d',
    bytes: () => framed(numberField(1, 1000))
  },
  {
    name: 'a REGISTER_RESPONSE',
    source: 'peers 1d',
    bytes: () => framed(joined(numberField(1, 1), bytesField(3, numberField(1, 0))))
  },
  {
    name: 'a DISCOVER_RESPONSE',
    source: 'peers 1d',
    bytes: ({ protocol: { types, bodies } }) =>
      framed(
        joined(
          numberField(1, types.discoverResponse),
          bytesField(bodies.discoverResponse, numberField(3, 0))
        )
      )
  },
  {
    name: 'a DISCOVER without its body',
    source: 'decision 13',
    bytes: ({ protocol }) => framed(numberField(1, protocol.types.discover))
  },
  {
    name: 'a DISCOVER with the body of a REGISTER',
    source: 'decision 13',
    bytes: ({ protocol }) =>
      framed(
        joined(
          numberField(1, protocol.types.discover),
          bytesField(2, registerBody({ namespace: NAMESPACE }))
        )
      )
  },
  {
    name: 'an UNREGISTER without its body',
    source: 'decision 13',
    protocols: PAGED,
    bytes: () => framed(numberField(1, 2))
  },
  {
    name: 'a length above 4 MiB',
    source: 'py "rejects oversized message"',
    bytes: () => joined(varint(4 * 1024 * 1024 + 1), new Uint8Array(64))
  },
  {
    name: 'a length of 2^63',
    source: 'py #1438; GHSA-xqvc-92cf-94j4',
    bytes: () => joined(varint(2n ** 63n), new Uint8Array(64))
  },
  {
    name: 'a length that does not end',
    source: 'py #1438; GHSA-xqvc-92cf-94j4',
    bytes: () => new Uint8Array(64).fill(0xff)
  },
  {
    name: 'the end inside of a frame',
    source: 'decision 13',
    thenEnds: true,
    bytes: async ({ one }) =>
      registerFrame({ namespace: NAMESPACE, record: await one.record() }).subarray(0, -1)
  },
  {
    name: 'the end inside of a length',
    source: 'decision 13',
    thenEnds: true,
    bytes: () => Uint8Array.of(0x80)
  }
]

/** What is malformed, and what only looks like it. */
export const MALFORMED_CASES: readonly ConformanceCase[] = [
  ...MALFORMED.map(
    ({ name, source, protocols = ALL, bytes, thenEnds }): ConformanceCase => ({
      name: `malformed: ${name}: the stream is reset, and the connection goes on`,
      protocols,
      source,
      async run({ peer, namespace, protocol }) {
        const one = await peer()
        const stream = await one.open()

        stream.send(await bytes({ protocol, one }))

        if (thenEnds) {
          await stream.closeWrite()
        }

        await stream.expectEnd('reset')
        await one.registered({ namespace: namespace() })
        assert.equal(one.connection.status, 'open', 'the connection was closed')
      }
    })
  ),
  {
    name: 'requests ahead of a malformed one are answered, those behind it are not',
    protocols: ALL,
    source: 'peers 1d; decision 13',
    async run({ peer, namespace, protocol }) {
      const stream = await (await peer()).open()
      const discover = discoverFrame(protocol, { namespace: namespace() })

      stream.send(discover, discover, framed(numberField(1, 1000)), discover)

      expectStatus(await stream.answer('discover'), 0)
      expectStatus(await stream.answer('discover'), 0)
      await stream.expectEnd('reset')
    }
  },
  {
    name: 'a stream that is reset leaves the others as they are',
    protocols: ALL,
    source: 'decision 13',
    async run({ peer, namespace, protocol }) {
      const one = await peer()
      const [good, bad] = [await one.open(), await one.open()]
      const discover = discoverFrame(protocol, { namespace: namespace() })

      good.send(discover)
      expectStatus(await good.answer('discover'), 0)
      bad.send(framed(numberField(1, 1000)))
      await bad.expectEnd('reset')
      good.send(discover)

      expectStatus(await good.answer('discover'), 0)
    }
  },
  {
    name: 'a frame of no bytes is a REGISTER without a body: 100',
    protocols: ALL,
    source: 'peers 1d: the seed; decision 13',
    async run({ peer }) {
      expectStatus(await (await peer()).registerBytes(Uint8Array.of(0)), 100)
    }
  },
  {
    name: 'a REGISTER without a body is refused with 100',
    protocols: ALL,
    source: 'decision 13',
    async run({ peer }) {
      expectStatus(await (await peer()).registerBytes(framed(numberField(1, 0))), 100)
    }
  },
  {
    name: 'fields that nobody knows are skipped',
    protocols: ALL,
    source: 'protobuf: later versions of a message',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const ttl = await lifetime(6)
      const body = registerBody({ namespace: namespace(), record: await one.record(), ttl })
      const frame = framed(
        joined(
          bytesField(90, text('of a')),
          numberField(91, 2n ** 64n - 1n),
          numberField(1, 0),
          bytesField(2, joined(numberField(92, 1), body, bytesField(93, text('later version'))))
        )
      )

      expectTtl((await one.registerBytes(frame)).ttl, ttl)
    }
  },
  {
    name: 'fields in another order are read all the same',
    protocols: ALL,
    source: 'protobuf: any order',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const ttl = await lifetime(7)
      const body = joined(
        numberField(3, ttl),
        bytesField(2, await one.record()),
        bytesField(1, namespace())
      )

      const frame = framed(joined(bytesField(2, body), numberField(1, 0)))

      expectTtl((await one.registerBytes(frame)).ttl, ttl)
    }
  }
]
