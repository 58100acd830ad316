import { createHash, randomUUID } from 'node:crypto'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describePeer } from './describe-peer.ts'
import { featureTests } from './feature-tests.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'
import { connectOurPeer, type OurPeer } from './our-peer.ts'
import type { FoundPeerProgram } from './peer-program.ts'
import {
  type PeerAnswer,
  type PeerExchange,
  type RendezvousPeer,
  startRendezvousPeer
} from './rendezvous-peer.ts'

const OK = 0
const E_INVALID_NAMESPACE = 100
const E_INVALID_PEER_INFO = 101
const E_INVALID_COOKIE = 103

const SEED = 'unsigned'

/** An implementation of `/rendezvous/1.0.0` with the peer record from before signed ones. */
export interface UnsignedRecordPeer {
  implementation: string
  version: string
  program: FoundPeerProgram
  /** What its client makes of an answer that holds one signed record. */
  expectSignedRecords: (answer: PeerAnswer) => void
  /** What its server says to a REGISTER with a signed record. */
  refusal: { status: number; message: string }
  /** Whether its server needs the peer id in UNREGISTER, which has none any more. */
  unregister: 'without id' | 'with id'
}

/** What its client can do at a point of ours. */
export function testUnsignedRecordClient({ program, ...peer }: UnsignedRecordPeer): void {
  const { works, isNotOffered } = featureTests({ ...subject(peer), direction: 'client of ours' })

  describePeer(`a client of ${peer.implementation}`, program, (peerProgram) => {
    let front: FrontProcess
    let client: RendezvousPeer
    let namespace: string
    let ours: OurPeer[]

    beforeEach(async () => {
      ours = []
      namespace = `unsigned ${randomUUID()}`
      front = await startFrontProcess({ protocols: 'waku,libp2p,waku1' })
      client = await startRendezvousPeer(peerProgram, 'client', { seed: SEED, point: front.point })
    })

    afterEach(async () => {
      await Promise.all(ours.map((our) => our.stop()))
      await client.stop()
      await front.kill()
    })

    async function ourPeer(key?: PrivateKey): Promise<OurPeer> {
      const our = await connectOurPeer(front.point, 'libp2p', key)

      ours.push(our)

      return our
    }

    isNotOffered(
      ['register', 'refresh', 'TTL expiry'],
      'its REGISTER has an unsigned peer record, which is refused with status 101',
      'is told that its record is invalid, and not reset',
      async () => {
        const refused = await client.ask({ do: 'register', namespace, ttl: 300 })

        expect(refused).toMatchObject({
          status: E_INVALID_PEER_INFO,
          statusText: 'invalid peer record'
        })
        const { peerIds } = await (await ourPeer()).page({ namespace })
        expect(peerIds).toEqual([])
      }
    )

    it('goes on with a DISCOVER on the stream of a refused REGISTER', async () => {
      const { statuses } = await client.ask<PeerExchange>({
        do: 'register then discover',
        namespace,
        ttl: 300
      })

      expect(statuses).toEqual([E_INVALID_PEER_INFO, OK])
    })

    isNotOffered(
      ['discover'],
      'it is answered, but does not understand the signed peer records in answers',
      'understands an answer without registrations, and not the records of one with some',
      async () => {
        const empty = await client.ask({ do: 'discover', namespace })
        await (await ourPeer()).register(namespace, 300)

        const one = await client.ask({ do: 'discover', namespace })

        expect(empty).toMatchObject({ event: 'discovered', status: OK })
        expect(empty.registrations ?? []).toEqual([])
        expect(Buffer.from(empty.cookie ?? '', 'base64').byteLength).toBeGreaterThanOrEqual(8)
        peer.expectSignedRecords(one)
      }
    )

    isNotOffered(
      ['cookie paging'],
      'cookies go both ways, but it does not understand the signed peer records on the pages',
      'is given a cookie that it may come back with, and is refused others',
      async () => {
        const { cookie } = await client.ask({ do: 'discover', namespace, limit: 2 })

        const next = await client.ask({ do: 'discover', namespace, limit: 2, cookie })

        const foreign = Buffer.alloc(40, 0xff).toString('base64')
        const refused = await client.ask({ do: 'discover', namespace, cookie: foreign })
        expect(next).toMatchObject({ event: 'discovered', status: OK })
        expect(refused).toMatchObject({ status: E_INVALID_COOKIE, statusText: 'bad cookie' })
      }
    )

    it('is told that a namespace is too long', async () => {
      const refused = await client.ask({ do: 'discover', namespace: 'n'.repeat(256) })

      expect(refused).toMatchObject({
        status: E_INVALID_NAMESPACE,
        statusText: 'namespace too long'
      })
    })

    works(
      'unregister',
      'ends what its peer has registered by a signed record',
      async () => {
        const same = await ourPeer(await keyOf(SEED))
        const other = await ourPeer()

        for (const our of [same, other]) {
          await our.register(namespace, 300)
        }

        await client.ask({ do: 'unregister', namespace })

        expect(same.peerId).toBe(client.peerId)
        await expect
          .poll(async () => (await other.page({ namespace })).peerIds)
          .toEqual([other.peerId])
      },
      'of a registration that our client made with the same key'
    )
  })
}

/** What our client can do at a point of its server. */
export function testUnsignedRecordServer({ program, ...peer }: UnsignedRecordPeer): void {
  const { works, isNotOffered } = featureTests({ ...subject(peer), direction: 'server for ours' })

  describePeer(`our client, at a point of ${peer.implementation}`, program, (peerProgram) => {
    let point: RendezvousPeer
    let client: RendezvousPeer
    let namespace: string
    let our: OurPeer

    beforeEach(async () => {
      namespace = `unsigned ${randomUUID()}`
      point = await startRendezvousPeer(peerProgram, 'server', { seed: 'point' })
      client = await startRendezvousPeer(peerProgram, 'client', { seed: SEED, point: point.point })
      our = await connectOurPeer(point.point, 'libp2p', await keyOf('ours'))
    })

    afterEach(async () => {
      await our.stop()
      await client.stop()
      await point.stop()
    })

    isNotOffered(
      ['register', 'refresh', 'TTL expiry'],
      `it does not understand signed peer records, and refuses with status ${peer.refusal.status}`,
      'is refused, by a status',
      async () => {
        await expect(our.register(namespace, 300)).rejects.toMatchObject(peer.refusal)
      }
    )

    isNotOffered(
      ['discover', 'cookie paging'],
      'its answers have unsigned peer records, which are nobody’s word and left out',
      'leaves out its unsigned records, without a failure',
      async () => {
        const registered = await client.ask({ do: 'register', namespace, ttl: 300 })
        const theirs = await client.ask({ do: 'discover', namespace })

        const { peerIds } = await our.page({ namespace, limit: 2 })

        expect(registered).toMatchObject({ status: OK, ttl: 300 })
        expect(theirs.registrations).toMatchObject([{ peerId: client.peerId }])
        expect(peerIds).toEqual([])
      }
    )

    async function unregisterTheirs(): Promise<PeerAnswer> {
      const same = await connectOurPeer(point.point, 'libp2p', await keyOf(SEED))

      await client.ask({ do: 'register', namespace, ttl: 300 })

      try {
        await same.unregister(namespace)

        return await client.ask({ do: 'discover', namespace })
      } finally {
        await same.stop()
      }
    }

    if (peer.unregister === 'without id') {
      works(
        'unregister',
        'ends what a client of the same peer has registered',
        async () => {
          expect((await unregisterTheirs()).registrations ?? []).toEqual([])
        },
        'of a registration that its own client made with the same key'
      )
    } else {
      isNotOffered(
        ['unregister'],
        'it demands the peer id in UNREGISTER, which the specification has given up',
        'sends an UNREGISTER that is ignored',
        async () => {
          expect((await unregisterTheirs()).registrations).toHaveLength(1)
        }
      )
    }
  })
}

function subject({ implementation, version }: Omit<UnsignedRecordPeer, 'program'>) {
  return { implementation, version }
}

/** As the programs make it. */
async function keyOf(seed: string): Promise<PrivateKey> {
  return generateKeyPairFromSeed('Ed25519', createHash('sha256').update(seed).digest())
}
