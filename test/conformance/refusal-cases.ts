import { generateKeyPair } from '@libp2p/crypto/keys'
import type { ConformanceCase } from './conformance-case.ts'
import { expectCount, expectStatus, expectText, expectTtl } from './expectations.ts'
import { ALL, PAGED } from './protocols.ts'
import { manyAddresses, paddedTo } from './records.ts'
import { ENVELOPE_BYTES_MAX, REFUSALS } from './refusals.ts'

/** REGISTER with one wrong value each: its status, and that nothing came of it. */
export const REFUSAL_CASES: readonly ConformanceCase[] = [
  ...REFUSALS.map(
    (refusal): ConformanceCase => ({
      name: `a REGISTER is refused: ${refusal.name}`,
      protocols: ALL,
      source: refusal.source,
      async run({ peer, namespace, protocol, lifetime }) {
        const [one, other] = [await peer(), await peer()]
        const name = namespace()
        const fields = await refusal.fields({ one, other, protocol })
        const answer = await one.register({ namespace: name, ttl: await lifetime(5), ...fields })
        const { status } = refusal

        expectStatus(answer, typeof status === 'number' ? status : status(protocol))
        expectCount(await one.registrations(name), 0)
      }
    })
  ),
  {
    name: 'refusals say why in the words of the first implementation',
    protocols: ALL,
    source: 'peers 1c; decision 9',
    async run({ peer, namespace, protocol, lifetime }) {
      const [one, other] = [await peer(), await peer()]

      for (const { fields, statusText } of REFUSALS) {
        const odd = await fields({ one, other, protocol })

        expectText(
          await one.register({ namespace: namespace(), ttl: await lifetime(5), ...odd }),
          statusText
        )
      }
    }
  },
  {
    name: 'a refused REGISTER leaves the registration there was',
    protocols: ALL,
    source: 'specs PR 44: refused, not cut',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const name = namespace()

      await one.registered({ namespace: name, ttl: await lifetime(5) })
      expectStatus(await one.register({ namespace: name, ttl: 2 ** 31 }), 102)

      const [found] = await one.registrations(name)
      expectTtl(found?.ttl, await lifetime(5))
    }
  },
  {
    name: 'an envelope of exactly 4 KiB and 32 addresses are accepted',
    protocols: ALL,
    source: 'design 5',
    async run({ peer, namespace }) {
      const one = await peer()
      const record = await one.record({ addresses: manyAddresses(32) })

      await one.registered({
        namespace: namespace(),
        record: paddedTo(record, ENVELOPE_BYTES_MAX)
      })
    }
  },
  ...(['secp256k1', 'RSA'] as const).map(
    (type): ConformanceCase => ({
      name: `a peer of a ${type} key registers`,
      protocols: ALL,
      source: 'peer ids: keys; design 5',
      async run({ peer, namespace }) {
        const key = type === 'RSA' ? await generateKeyPair(type, 2048) : await generateKeyPair(type)

        await (await peer(key)).registered({ namespace: namespace() })
      }
    })
  ),
  {
    name: 'a bad cookie is refused in the words of the first implementation',
    protocols: PAGED,
    source: 'peers 1c; decision 9',
    async run({ peer, namespace }) {
      const cookie = new Uint8Array(7)

      expectText(await (await peer()).discover({ namespace: namespace(), cookie }), 'bad cookie')
    }
  }
]
