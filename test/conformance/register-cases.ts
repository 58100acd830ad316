import assert from 'node:assert/strict'
import type { ConformanceCase } from './conformance-case.ts'
import {
  expectCount,
  expectRecords,
  expectStatus,
  expectTtl,
  namespacesOf
} from './expectations.ts'
import { text } from './protobuf.ts'
import { ALL } from './protocols.ts'
import { addressBytes } from './records.ts'

/** REGISTER that is granted, and what it replaces. */
export const REGISTER_CASES: readonly ConformanceCase[] = [
  {
    name: 'a REGISTER is granted the lifetime it asks for, and says so explicitly',
    protocols: ALL,
    source: 'js protocol.spec "can register"; decision 10',
    async run({ peer, namespace, lifetime }) {
      const ttl = await lifetime(10)
      const answer = await (await peer()).register({ namespace: namespace(), ttl })

      expectStatus(answer, 0)
      expectTtl(answer.ttl, ttl)
      assert.ok(answer.isExplicit, 'status 0 was left out: Rust and Nim peers refuse that')
    }
  },
  {
    name: 'a REGISTER without TTL is granted the default, and found with it',
    protocols: ALL,
    source: 'rust tests given_successful_registration_then_successful_discovery; nim',
    async run({ peer, namespace, protocol }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()

      expectTtl(await one.registered({ namespace: name }), protocol.ttlSeconds.default)
      const [found] = await reader.registrations(name)
      expectTtl(found?.ttl, protocol.ttlSeconds.default)
    }
  },
  {
    name: 'the longest TTL is granted',
    protocols: ALL,
    source: 'the specification: 72 hours; the seed: 20 s',
    async run({ peer, namespace, protocol }) {
      const { max } = protocol.ttlSeconds

      expectTtl(await (await peer()).registered({ namespace: namespace(), ttl: max }), max)
    }
  },
  {
    name: 'a TTL of one second is granted',
    protocols: ALL,
    source: 'go TestDBCleanup; rust given_two_registration_ttls_one_expires_one_lives',
    async run({ peer, namespace }) {
      expectTtl(await (await peer()).registered({ namespace: namespace(), ttl: 1 }), 1)
    }
  },
  {
    name: 'a new REGISTER replaces the old one: one registration, the new lifetime',
    protocols: ALL,
    source: 'rust given_reregistration_old_registration_is_discarded; nim; canvas store',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const name = namespace()
      const record = await one.record()

      await one.registered({ namespace: name, ttl: await lifetime(5), record })
      await one.registered({ namespace: name, ttl: await lifetime(10), record })

      const found = await one.registrations(name)
      expectRecords(found, record)
      expectTtl(found[0]?.ttl, await lifetime(10))
    }
  },
  {
    name: 'a refresh may shorten the lifetime',
    protocols: ALL,
    source: 'rust tests …then_refresh_ttl; decision 16',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const name = namespace()

      await one.registered({ namespace: name, ttl: await lifetime(10) })
      await one.registered({ namespace: name, ttl: await lifetime(2) })

      expectTtl((await one.registrations(name))[0]?.ttl, await lifetime(2))
    }
  },
  {
    name: 'a new record replaces the addresses',
    protocols: ALL,
    source: 'rust tests …then_refresh_external_addrs',
    async run({ peer, namespace }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()
      const moved = await one.record({ addresses: [addressBytes('/ip4/198.51.100.7/tcp/4001')] })

      await one.registered({ namespace: name })
      await one.registered({ namespace: name, record: moved })

      expectRecords(await reader.registrations(name), moved)
    }
  },
  {
    name: 'a record with a lower sequence number is accepted from its owner',
    protocols: ALL,
    source: 'peers 2.4; decision 8',
    async run({ peer, namespace }) {
      const one = await peer()
      const name = namespace()
      const older = await one.record({ seq: 1 })

      await one.registered({ namespace: name, record: await one.record({ seq: 2n ** 40n }) })
      await one.registered({ namespace: name, record: older })

      expectRecords(await one.registrations(name), older)
    }
  },
  {
    name: 'several namespaces of one peer are independent',
    protocols: ALL,
    source: 'nim "register/unsubscribe multiple namespaces"; py multiple namespaces',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const names = [namespace(), namespace(), namespace()]

      for (const [index, name] of names.entries()) {
        await one.registered({ namespace: name, ttl: await lifetime(index) })
      }

      for (const [index, name] of names.entries()) {
        const found = await one.registrations(name)

        expectCount(found, 1)
        expectTtl(found[0]?.ttl, await lifetime(index))
      }
    }
  },
  {
    name: 'many peers that register at once are all found',
    protocols: ALL,
    source: 'go TestDiscoveryClientAdvertiseAndFindPeers; py concurrent operations',
    async run({ peers, namespace }) {
      const crowd = await peers(12)
      const name = namespace()
      const records = await Promise.all(crowd.map((one) => one.record()))

      await Promise.all(
        crowd.map((one, index) => one.registered({ namespace: name, record: records[index] }))
      )

      expectRecords(await (crowd[0] as (typeof crowd)[number]).registrations(name), ...records)
    }
  },
  {
    name: 'the longest namespace is found again, byte for byte',
    protocols: ALL,
    source: 'go, rust, nim: bounds of 255 and 256',
    async run({ peer, namespace, protocol }) {
      const one = await peer()
      const name = namespace(protocol.namespaceBytesMax)

      await one.registered({ namespace: name })

      assert.deepEqual(namespacesOf(await one.registrations(name)), [
        new TextDecoder().decode(name)
      ])
    }
  },
  {
    name: 'namespaces that are part of each other, or look like patterns, do not mix',
    protocols: ALL,
    source: 'status TestGetRandomMultiTopics: first, firstprefix',
    async run({ peer, namespace, lifetime }) {
      const one = await peer()
      const stem = new TextDecoder().decode(namespace())
      const names = ['', 'prefix', '*', '?', '{}', ':', '\0', '/', ' ', 'É', 'E\u0301'].map((end) =>
        text(`${stem}${end}`)
      )

      for (const [index, name] of names.entries()) {
        await one.registered({ namespace: name, ttl: await lifetime(index) })
      }

      for (const [index, name] of names.entries()) {
        const found = await one.registrations(name)

        expectCount(found, 1)
        expectTtl(found[0]?.ttl, await lifetime(index))
      }
    }
  }
]
