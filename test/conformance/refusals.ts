import type { CasePeer } from './case-peer.ts'
import { text } from './protobuf.ts'
import type { Protocol } from './protocols.ts'
import { addressBytes, manyAddresses, paddedTo } from './records.ts'
import type { RegisterFields } from './requests.ts'

/** Most bytes of a whole envelope. */
export const ENVELOPE_BYTES_MAX = 4096

/** A REGISTER of one wrong value. What is not given is sound. */
export interface Refusal {
  name: string
  source: string
  status: number | ((protocol: Protocol) => number)
  statusText: string
  fields: (from: {
    one: CasePeer
    other: CasePeer
    protocol: Protocol
  }) => RegisterFields | Promise<RegisterFields>
}

/** In the order of the checks. */
export const REFUSALS: readonly Refusal[] = [
  {
    name: 'an empty namespace',
    source: 'go TestSVCErrors; py; status TestRegisterRPC',
    status: 100,
    statusText: 'unspecified namespace',
    fields: () => ({ namespace: new Uint8Array() })
  },
  {
    name: 'no namespace',
    source: 'go TestSVCErrors; status TestRegisterRPC',
    status: 100,
    statusText: 'unspecified namespace',
    fields: () => ({ namespace: undefined })
  },
  {
    name: 'a namespace one byte too long',
    source: 'py invalid namespace',
    status: 100,
    statusText: 'namespace too long',
    fields: ({ protocol }) => ({ namespace: text('n'.repeat(protocol.namespaceBytesMax + 1)) })
  },
  {
    name: 'a namespace of 300 bytes',
    source: 'nim errors; js protocol.spec',
    status: 100,
    statusText: 'namespace too long',
    fields: () => ({ namespace: text('n'.repeat(300)) })
  },
  {
    name: 'a namespace of 512 bytes',
    source: 'go TestSVCErrors',
    status: 100,
    statusText: 'namespace too long',
    fields: () => ({ namespace: text('n'.repeat(512)) })
  },
  {
    name: 'a namespace that is short in characters and too long in bytes',
    source: 'T11',
    status: 100,
    statusText: 'namespace too long',
    fields: () => ({ namespace: text('é'.repeat(129)) })
  },
  {
    name: 'no record',
    source: 'go TestSVCErrors',
    status: 101,
    statusText: 'missing signed peer record',
    fields: () => ({ record: undefined })
  },
  {
    name: 'an empty record',
    source: 'nim errors: empty SPR',
    status: 101,
    statusText: 'invalid peer record',
    fields: () => ({ record: new Uint8Array() })
  },
  {
    name: 'a record that is no envelope',
    source: 'go TestSVCErrors; status TestRegisterRPC; nim validation',
    status: 101,
    statusText: 'invalid peer record',
    fields: () => ({ record: text('no envelope') })
  },
  {
    name: 'a record whose signature is not right',
    source: 'nim "not registered when record validation fails"',
    status: 101,
    statusText: 'invalid peer record',
    fields: async ({ one }) => {
      const record = await one.record()

      return { record: record.with(-1, (record.at(-1) as number) ^ 1) }
    }
  },
  {
    name: 'a record signed for another purpose',
    source: 'signed envelopes: domain separation',
    status: 101,
    statusText: 'invalid peer record',
    fields: async ({ one }) => ({ record: await one.record({ domain: 'libp2p-relay-rsvp' }) })
  },
  {
    name: 'an envelope of another payload type',
    source: 'signed envelopes: payload type',
    status: 101,
    statusText: 'invalid peer record',
    fields: async ({ one }) => ({
      record: await one.record({ payloadType: Uint8Array.of(0x03, 0x02) })
    })
  },
  {
    name: 'a record of "blah" as its peer id',
    source: 'go TestSVCErrors',
    status: 101,
    statusText: 'invalid peer record',
    fields: async ({ one }) => ({ record: await one.record({ peerId: text('blah') }) })
  },
  {
    name: 'a record that names another peer than its signer',
    source: 'go TestSVCErrors',
    status: 101,
    statusText: 'invalid peer record',
    fields: async ({ one, other }) => ({ record: await one.record({ peerId: other.id }) })
  },
  {
    name: 'a record of which an address can’t be read',
    source: 'T9: readers drop the whole answer',
    status: 101,
    statusText: 'invalid peer record',
    fields: async ({ one }) => ({
      record: await one.record({ addresses: [Uint8Array.of(0xff, 0xff, 0x7f, 1)] })
    })
  },
  {
    name: 'a record with 33 addresses',
    source: 'design 5',
    status: 101,
    statusText: 'peer info too long',
    fields: async ({ one }) => ({ record: await one.record({ addresses: manyAddresses(33) }) })
  },
  {
    name: 'a record with more than 2048 bytes of addresses',
    source: 'go TestSVCErrors: peer info too long; py address too long',
    status: 101,
    statusText: 'peer info too long',
    fields: async ({ one }) => ({
      record: await one.record({
        addresses: Array.from({ length: 9 }, (_, index) =>
          addressBytes(`/dns4/${String(index).repeat(230)}.example/tcp/1`)
        )
      })
    })
  },
  {
    name: 'an envelope one byte too big',
    source: 'the seed has no bound: design 5',
    status: 101,
    statusText: 'peer info too long',
    fields: async ({ one }) => ({
      record: paddedTo(await one.record(), ENVELOPE_BYTES_MAX + 1)
    })
  },
  {
    name: 'a TTL one second too long',
    source: 'status TestRegisterRPC: max + 1',
    status: 102,
    statusText: 'bad ttl',
    fields: ({ protocol }) => ({ ttl: protocol.ttlSeconds.max + 1 })
  },
  {
    name: 'a TTL of twice the longest',
    source: 'go TestSVCErrors',
    status: 102,
    statusText: 'bad ttl',
    fields: ({ protocol }) => ({ ttl: 2 * protocol.ttlSeconds.max })
  },
  {
    name: 'a TTL of 73 hours',
    source: 'nim errors',
    status: 102,
    statusText: 'bad ttl',
    fields: () => ({ ttl: 73 * 3600 })
  },
  {
    name: 'a TTL of 100,000,000',
    source: 'rust tests given_invalid_ttl; js protocol.spec: 5e7',
    status: 102,
    statusText: 'bad ttl',
    fields: () => ({ ttl: 100_000_000 })
  },
  {
    name: 'a negative TTL',
    source: 'py invalid ttl; the seed',
    status: 102,
    statusText: 'bad ttl',
    fields: () => ({ ttl: -1 })
  },
  {
    name: 'nothing right: the namespace is told first',
    source: 'the seed’s order of checks',
    status: 100,
    statusText: 'unspecified namespace',
    fields: () => ({ namespace: new Uint8Array(), record: text('no envelope'), ttl: -1 })
  },
  {
    name: 'neither record nor TTL right: the record is told first',
    source: 'the seed’s order of checks',
    status: 101,
    statusText: 'invalid peer record',
    fields: () => ({ record: text('no envelope'), ttl: -1 })
  },
  {
    name: 'somebody else’s record without addresses: the owner is told first',
    source: 'the seed’s order of checks',
    status: ({ ownerMismatchStatus }) => ownerMismatchStatus,
    statusText: 'peer id mismatch',
    fields: async ({ other }) => ({ record: await other.record({ addresses: [] }), ttl: -1 })
  }
]
