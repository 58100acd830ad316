import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import {
  type ClusterDirectory,
  type ClusterNode,
  NODE_EXPIRY_MS,
  NODE_REFRESH_MS,
  type NodeFigures,
  UnavailableError,
  verifyPeerRecord
} from '@rendezvous-cluster/rendezvous'
import { MemoryDirectory } from '@rendezvous-cluster/stores'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DuplicateNodeError, Membership, type MembershipInit } from '../src/membership.ts'

const privateKey = await generateKeyPair('Ed25519')
const peerId = peerIdFromPrivateKey(privateKey).toString()
const address = `/ip4/192.0.2.1/tcp/60000/p2p/${peerId}`

const FIGURES: NodeFigures = {
  seconds: 12,
  connections: 3,
  streams: 2,
  requests: [{ protocol: 'waku', type: 'register', status: 'OK', count: 5 }],
  durations: [[0.001, 4]],
  rejected: [],
  storeDurations: [],
  storeOperations: 0,
  storeErrors: []
}

/** Another start of a node with the same key. */
const double: ClusterNode = {
  peerId,
  instance: 'the-other-one',
  host: 'other-host',
  record: new Uint8Array(),
  multiaddrs: [`/ip4/192.0.2.9/tcp/1/p2p/${peerId}`],
  version: '0.0.0',
  isDraining: false,
  startedAtMs: 0
}

describe('the membership of a node', () => {
  let directory: MemoryDirectory
  let joined: Membership[]

  beforeEach(() => {
    vi.useFakeTimers({ fakeNodeBuiltins: true })
    directory = new MemoryDirectory()
    joined = []
  })

  afterEach(async () => {
    await Promise.all(joined.map((membership) => membership.leave()))
    vi.useRealTimers()
  })

  function setup(init: Partial<MembershipInit> = {}) {
    const told = {
      onNodes: vi.fn<MembershipInit['onNodes']>(),
      onWait: vi.fn<MembershipInit['onWait']>(),
      onDuplicate: vi.fn<MembershipInit['onDuplicate']>(),
      onError: vi.fn<MembershipInit['onError']>()
    }
    const membership = new Membership({
      directory,
      privateKey,
      version: '1.2.3',
      figures: async () => FIGURES,
      ...told,
      ...init
    })

    joined.push(membership)

    return { membership, ...told }
  }

  /** How a promise ended, `undefined` as long as it has not. */
  function watched(promise: Promise<unknown>): { end?: unknown } {
    const watch: { end?: unknown } = {}

    promise.then(
      () => {
        watch.end = 'resolved'
      },
      (error: unknown) => {
        watch.end = error
      }
    )

    return watch
  }

  /** Announces the other instance, and goes on doing so. */
  async function keepDouble(): Promise<ReturnType<typeof setInterval>> {
    await directory.announce(double)

    return setInterval(() => void directory.announce(double), NODE_REFRESH_MS)
  }

  const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  describe('claiming the peer id', () => {
    it('succeeds at once where nobody holds it, and holds it from then on', async () => {
      const { membership, onWait, onError } = setup()

      await membership.claim()

      expect(onWait).not.toHaveBeenCalled()
      expect(await directory.announce(double)).toMatchObject({ peerId, version: '1.2.3' })
      expect(await directory.list()).toMatchObject([{ instance: membership.instance }])
      expect(onError).not.toHaveBeenCalled()
    })

    it('shows nobody a node that does not listen yet', async () => {
      const { membership } = setup()
      const other = setup({ privateKey: await generateKeyPair('Ed25519') })

      await membership.claim()
      await other.membership.join([])

      expect(other.membership.nodes).toHaveLength(2)
      expect(other.membership.registrations).toEqual([])
    })

    it('waits while another instance holds it, and goes on when that one leaves', async () => {
      await directory.announce(double)
      const { membership, onWait } = setup()
      const claiming = watched(membership.claim())

      await advance(5000)
      const whileHeld = claiming.end

      await directory.withdraw(double)
      await advance(500)

      expect([whileHeld, claiming.end]).toEqual([undefined, 'resolved'])
      expect(onWait).toHaveBeenCalledExactlyOnceWith(double)
      expect(await directory.list()).toMatchObject([{ instance: membership.instance }])
    })

    it('goes on when the other one was killed and has expired', async () => {
      await directory.announce(double)
      const claiming = watched(setup().membership.claim())

      await advance(NODE_EXPIRY_MS - 500)
      const before = claiming.end

      await advance(500)

      expect([before, claiming.end]).toEqual([undefined, 'resolved'])
    })

    it('fails when the other one still lives after an expiry, and names it', async () => {
      const keeping = await keepDouble()
      const claiming = watched(setup().membership.claim())

      await advance(NODE_EXPIRY_MS)
      const before = claiming.end

      await advance(1000)
      clearInterval(keeping)

      expect(before).toBeUndefined()
      expect(claiming.end).toBeInstanceOf(DuplicateNodeError)
      expect(String(claiming.end)).toContain(peerId)
      expect(String(claiming.end)).toContain('the-other-one on other-host')
      expect(String(claiming.end)).toContain(`at ${double.multiaddrs[0]}`)
      expect(await directory.list()).toMatchObject([double])
    })

    it('ends with the reason of its signal', async () => {
      await directory.announce(double)
      const controller = new AbortController()
      const claiming = watched(setup().membership.claim({ signal: controller.signal }))

      await advance(700)
      const before = claiming.end

      controller.abort(new Error('stopped by hand'))
      await advance(0)

      expect(before).toBeUndefined()
      expect(claiming.end).toEqual(new Error('stopped by hand'))
      expect(await directory.list()).toMatchObject([double])
    })

    it('does not wait for a directory that can’t tell', async () => {
      const error = new UnavailableError()
      const { membership, onError } = setup({ directory: failing(error) })

      await membership.claim()

      expect(onError).toHaveBeenCalledExactlyOnceWith(error)
    })
  })

  describe('joining', () => {
    it('shows the addresses, in a record that the node signed', async () => {
      const addresses = [address, `/dns4/rendezvous.example.org/tcp/443/p2p/${peerId}`]
      const { membership, onNodes } = setup()

      await membership.join(addresses)

      const [node] = await directory.list()
      const record = await verifyPeerRecord(node?.record ?? new Uint8Array(), 'peer-record')

      expect(node).toMatchObject({ peerId, multiaddrs: addresses, isDraining: false })
      expect(Buffer.from(record.peerId)).toEqual(
        Buffer.from(privateKey.publicKey.toMultihash().bytes)
      )
      expect(record.addresses.map((bytes) => multiaddr(bytes).toString())).toEqual([
        '/ip4/192.0.2.1/tcp/60000',
        '/dns4/rendezvous.example.org/tcp/443'
      ])
      expect(membership.nodes).toEqual([node])
      expect(membership.registrations).toEqual([
        { record: node?.record, ttlSeconds: NODE_EXPIRY_MS / 1000, sequence: expect.any(Number) }
      ])
      expect(onNodes).toHaveBeenCalledExactlyOnceWith([node])
    })

    it('keeps the node listed, as the one that claimed the peer id', async () => {
      const { membership, onError, onDuplicate } = setup()

      await membership.claim()
      await membership.join([address])
      const startedAtMs = (await directory.list())[0]?.startedAtMs

      await advance(5 * NODE_EXPIRY_MS)

      expect(await directory.list()).toMatchObject([
        { instance: membership.instance, multiaddrs: [address], startedAtMs }
      ])
      expect(onError).not.toHaveBeenCalled()
      expect(onDuplicate).not.toHaveBeenCalled()
    })

    it('tells its figures, and how long ago it was heard', async () => {
      const { membership } = setup()

      await membership.join([address])

      expect((await directory.list())[0]?.figures).toEqual(FIGURES)
      await vi.advanceTimersByTimeAsync(NODE_REFRESH_MS - 1)
      expect(membership.nodes[0]?.heardMsAgo).toBe(NODE_REFRESH_MS - 1)
    })

    it('shows nodes that come, and no longer those that have gone', async () => {
      const { membership } = setup()
      const other = setup({ privateKey: await generateKeyPair('Ed25519') })

      await membership.join([address])
      await other.membership.join(['/ip4/192.0.2.2/tcp/60000'])
      await advance(NODE_REFRESH_MS)
      const together = membership.registrations

      await other.membership.leave()
      await advance(NODE_REFRESH_MS)

      expect(together).toHaveLength(2)
      expect(membership.registrations).toMatchObject([{ record: membership.nodes[0]?.record }])
    })

    it('gives every node a place of its own, the same one at all of them', async () => {
      const { membership } = setup()
      const other = setup({ privateKey: await generateKeyPair('Ed25519') })
      const places = ({ registrations }: Membership): number[] =>
        registrations.map(({ sequence }) => sequence).sort()

      await membership.join([address])
      await other.membership.join(['/ip4/192.0.2.2/tcp/60000'])
      await advance(NODE_REFRESH_MS)

      expect(places(membership)).toEqual(places(other.membership))
      expect(new Set(places(membership)).size).toBe(2)

      for (const place of places(membership)) {
        expect(place).toBeGreaterThan(0)
        expect(place).toBeLessThan(2 ** 48)
      }
    })

    it('succeeds without a directory that answers, and shows the node once it does', async () => {
      const error = new UnavailableError()
      const broken = failing(error)
      const { membership, onError } = setup({ directory: broken })

      await membership.join([address])
      const nodesBefore = membership.nodes
      const errorsBefore = onError.mock.calls

      broken.mend(directory)
      await advance(NODE_REFRESH_MS)

      expect(nodesBefore).toEqual([])
      expect(errorsBefore).toEqual([[error]])
      expect(membership.nodes).toMatchObject([{ peerId, multiaddrs: [address] }])
    })
  })

  describe('while it runs', () => {
    it('tells of another node with its peer id after an expiry of conflict, not before', async () => {
      const keeping = await keepDouble()
      const { membership, onDuplicate } = setup()

      await membership.join([address])
      await advance(NODE_EXPIRY_MS)
      const before = onDuplicate.mock.calls.length

      await advance(NODE_REFRESH_MS)
      clearInterval(keeping)

      expect(before).toBe(0)
      expect(onDuplicate.mock.calls[0]?.[0]).toBeInstanceOf(DuplicateNodeError)
      expect(onDuplicate.mock.calls[0]?.[0].message).toContain('the-other-one on other-host')
    })

    it('does not tell of conflicts that were shorter, however many', async () => {
      const { membership, onDuplicate } = setup()

      await membership.join([address])

      for (let conflict = 0; conflict < 3; conflict++) {
        await directory.withdraw({ ...double, instance: membership.instance })

        const keeping = await keepDouble()

        await advance(NODE_EXPIRY_MS - NODE_REFRESH_MS)
        clearInterval(keeping)
        await directory.withdraw(double)
        await advance(NODE_REFRESH_MS)
      }

      expect(onDuplicate).not.toHaveBeenCalled()
    })

    it('draining: is listed as such, and hidden from those who look for nodes', async () => {
      const { membership } = setup()
      const other = setup({ privateKey: await generateKeyPair('Ed25519') })

      await membership.join([address])
      await other.membership.join(['/ip4/192.0.2.2/tcp/60000'])
      await advance(NODE_REFRESH_MS)
      const before = other.membership.registrations.length

      await membership.drain()
      await advance(NODE_REFRESH_MS)

      expect(before).toBe(2)
      expect(other.membership.nodes).toHaveLength(2)
      expect(
        other.membership.nodes.filter(({ isDraining }) => isDraining).map((node) => node.peerId)
      ).toEqual([peerId])
      expect(other.membership.registrations).toHaveLength(1)
      expect(membership.registrations).toEqual(other.membership.registrations)
    })

    it('draining: stays listed as such when its figures were being taken', async () => {
      const slow = Promise.withResolvers<NodeFigures>()
      const figures = vi.fn(async () => FIGURES)
      const { membership } = setup({ figures })

      await membership.join([address])
      figures.mockReturnValue(slow.promise)
      await advance(NODE_REFRESH_MS)
      await membership.drain()
      slow.resolve(FIGURES)
      await advance(0)

      expect(await directory.list()).toMatchObject([{ peerId, isDraining: true }])
    })

    it('left: is listed no longer, and not again either', async () => {
      const { membership } = setup()

      await membership.join([address])
      await membership.leave()
      const afterLeaving = await directory.list()

      await advance(2 * NODE_EXPIRY_MS)

      expect([afterLeaving, await directory.list()]).toEqual([[], []])
    })

    it('drains and leaves also without a directory that answers', async () => {
      const error = new UnavailableError()
      const { membership, onError } = setup({ directory: failing(error) })

      await membership.drain()
      await membership.leave()

      expect(onError.mock.calls).toEqual([[error], [error]])
    })

    it('leaves to the other instance what that one holds', async () => {
      await directory.announce(double)
      const { membership } = setup()

      await membership.join([address])
      await membership.leave()

      expect(await directory.list()).toMatchObject([double])
    })
  })
})

/** A directory whose store is away, until it is mended. */
function failing(error: Error): ClusterDirectory & { mend(directory: ClusterDirectory): void } {
  let mended: ClusterDirectory | undefined

  async function working(): Promise<ClusterDirectory> {
    if (mended == null) {
      throw error
    }

    return mended
  }

  return {
    announce: async (node) => (await working()).announce(node),
    withdraw: async (node) => (await working()).withdraw(node),
    list: async () => (await working()).list(),
    mend(directory) {
      mended = directory
    }
  }
}
