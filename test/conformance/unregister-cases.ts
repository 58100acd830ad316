import type { ConformanceCase } from './conformance-case.ts'
import { expectCount, expectRecords, expectStatus } from './expectations.ts'
import { text } from './protobuf.ts'
import { PAGED, SAMPLED } from './protocols.ts'
import { discoverFrame, registerFrame, unregisterFrame } from './requests.ts'

/** UNREGISTER, which has no answer. */
export const UNREGISTER_CASES: readonly ConformanceCase[] = [
  {
    name: 'UNREGISTER ends a registration, without an answer, and the stream is closed',
    protocols: PAGED,
    source: 'js protocol.spec "can unregister"; nim "unsubscribe removes"; py',
    async run({ peer, namespace }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()

      await one.registered({ namespace: name })
      await one.unregister({ namespace: name })

      expectCount(await reader.registrations(name), 0)
    }
  },
  {
    name: 'UNREGISTER leaves the peer’s other namespaces, and other peers',
    protocols: PAGED,
    source: 'go TestSVCRegistrationAndDiscovery: three of four left; js server "remove in ns"',
    async run({ peer, namespace }) {
      const [one, other] = [await peer(), await peer()]
      const [here, there] = [namespace(), namespace()]
      const record = await other.record()

      await one.registered({ namespace: here })
      await one.registered({ namespace: there })
      await other.registered({ namespace: here, record })
      await one.unregister({ namespace: here })

      expectRecords(await one.registrations(here), record)
      expectCount(await one.registrations(there), 1)
    }
  },
  {
    name: 'UNREGISTER of an empty namespace ends all of the peer’s registrations, and no others',
    protocols: PAGED,
    source: 'go TestSVCRegistrationAndDiscovery: UNREGISTER ""; js server "remove all"',
    async run({ peer, namespace }) {
      const [one, other] = [await peer(), await peer()]
      const names = [namespace(), namespace(), namespace()]
      const record = await other.record()

      for (const name of names) {
        await one.registered({ namespace: name })
        await other.registered({ namespace: name, record })
      }

      await one.unregister({ namespace: new Uint8Array() })

      for (const name of names) {
        expectRecords(await one.registrations(name), record)
      }
    }
  },
  {
    name: 'UNREGISTER where the peer has none does nothing',
    protocols: PAGED,
    source: 'nim "unsubscribe for not registered ns is ignored"; py not found; js server',
    async run({ peer, namespace }) {
      const [one, other] = [await peer(), await peer()]
      const name = namespace()

      await other.registered({ namespace: name })
      await one.unregister({ namespace: name })
      await one.unregister({ namespace: namespace() })
      await one.unregister({})

      expectCount(await one.registrations(name), 1)
    }
  },
  {
    name: 'UNREGISTER of a namespace that can’t be is ignored, and the stream goes on',
    protocols: PAGED,
    source: 'the specification: no response',
    async run({ peer, namespace, protocol }) {
      const one = await peer()
      const name = namespace()
      const stream = await one.open()

      await one.registered({ namespace: name })
      stream.send(
        unregisterFrame({ namespace: text('n'.repeat(300)) }),
        unregisterFrame({ namespace: Uint8Array.of(0xff, 0xfe) }),
        discoverFrame(protocol, { namespace: name })
      )

      expectCount((await stream.answer('discover')).registrations, 1)
    }
  },
  {
    name: 'REGISTER, UNREGISTER and DISCOVER in one write are done in their order',
    protocols: PAGED,
    source: 'py full workflow; peers T8',
    async run({ peer, namespace, protocol }) {
      const one = await peer()
      const name = namespace()
      const stream = await one.open()
      const register = registerFrame({ namespace: name, record: await one.record() })
      const discover = discoverFrame(protocol, { namespace: name })

      stream.send(register, discover, unregisterFrame({ namespace: name }), discover, register)
      stream.send(discover)

      expectStatus(await stream.answer('register'), 0)
      expectCount((await stream.answer('discover')).registrations, 1)
      expectCount((await stream.answer('discover')).registrations, 0)
      expectStatus(await stream.answer('register'), 0)
      expectCount((await stream.answer('discover')).registrations, 1)
    }
  },
  {
    name: 'who registers again is found again, also by an old cookie',
    protocols: PAGED,
    source: 'rust given_peer_unregisters_before_expiry…',
    async run({ peer, namespace }) {
      const [one, reader] = [await peer(), await peer()]
      const name = namespace()
      const record = await one.record()

      await one.registered({ namespace: name, record })
      const { cookie } = await reader.found({ namespace: name })

      await one.unregister({ namespace: name })
      expectCount((await reader.found({ namespace: name, cookie })).registrations, 0)

      await one.registered({ namespace: name, record })
      expectRecords((await reader.found({ namespace: name, cookie })).registrations, record)
      expectRecords(await reader.registrations(name), record)
    }
  },
  {
    name: 'UNREGISTER through one protocol ends what was registered through another of its kind',
    protocols: ['libp2p'],
    source: 'decision 1',
    async run({ peer, peerOf, namespace }) {
      const one = await peer()
      const same = await peerOf('waku', one.key)
      const name = namespace()

      await same.registered({ namespace: name })
      expectCount(await one.registrations(name), 1)

      await one.unregister({ namespace: name })
      expectCount(await one.registrations(name), 0)
    }
  },
  {
    name: 'UNREGISTER of everything leaves registrations of another kind of record',
    protocols: PAGED,
    source: 'decision 16',
    async run({ peer, peerOf, namespace, protocol }) {
      const one = await peer()
      const same = await peerOf(protocol.name === 'libp2p' ? 'waku1' : 'libp2p', one.key)
      const name = namespace()

      await one.registered({ namespace: name })
      await same.registered({ namespace: name })
      await one.unregister({})

      expectCount(await one.registrations(name), 0)
      expectCount(await same.registrations(name), 1)
    }
  },
  {
    name: 'UNREGISTER as other protocols write it is a DISCOVER here',
    protocols: SAMPLED,
    source: 'peers 2.2: the protocol is the one negotiated',
    async run({ peer, namespace }) {
      const one = await peer()
      const name = namespace()
      const record = await one.record()

      await one.registered({ namespace: name, record })

      const answer = await one.discoverBytes(unregisterFrame({ namespace: name }))
      expectRecords(answer.registrations, record)
      expectRecords(await one.registrations(name), record)
    }
  }
]
