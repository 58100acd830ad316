import { generateKeyPair } from '@libp2p/crypto/keys'
import type { AddressManager, ConnectionManager } from '@libp2p/interface-internal'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DiscoveredPeer } from '../src/discovered-peers.ts'
import { PoliteDialer } from '../src/pubsub/polite-dialer.ts'
import { noLog } from './no-log.ts'

const PUBLIC = '/ip4/192.0.2.1/tcp/4001'

describe('a polite dialer', () => {
  let nowMs: number
  let near: string[]
  let connected: string[]
  let dialled: string[][]
  /** What a dial comes to. */
  let connect: (signal: AbortSignal) => Promise<void>
  let dialer: PoliteDialer

  beforeEach(() => {
    nowMs = 1_000_000
    near = []
    connected = []
    dialled = []
    connect = async () => {}
    dialer = new PoliteDialer({
      addressManager: {
        getAddresses: () => near.map((address) => multiaddr(address))
      } as unknown as AddressManager,
      connectionManager: {
        getConnections: (peerId: unknown) => (connected.includes(String(peerId)) ? [{}] : []),
        openConnection: async (addresses: unknown[], { signal }: { signal: AbortSignal }) => {
          dialled.push(addresses.map(String))
          await connect(signal)
        }
      } as unknown as ConnectionManager,
      log: noLog,
      now: () => nowMs,
      random: () => 1
    })
  })

  async function createPeer(...addresses: string[]): Promise<DiscoveredPeer> {
    return {
      peerId: peerIdFromPrivateKey(await generateKeyPair('Ed25519')),
      multiaddrs: addresses.map((address) => multiaddr(address)),
      ttlSeconds: 60,
      seq: 1n,
      signedPeerRecord: Uint8Array.of(),
      recordKind: 'peer-record'
    }
  }

  it('dials a peer at its addresses, as that peer', async () => {
    const peer = await createPeer(PUBLIC, '/dns4/example.org/tcp/1')

    expect([dialer.canDial(peer), await dialer.dial(peer)]).toEqual([true, true])
    expect(dialled).toEqual([
      [`${PUBLIC}/p2p/${peer.peerId}`, `/dns4/example.org/tcp/1/p2p/${peer.peerId}`]
    ])
  })

  it('tries eight addresses of a peer at most', async () => {
    const addresses = Array.from({ length: 20 }, (_, index) => `/ip4/192.0.2.${index}/tcp/1`)
    const peer = await createPeer(...addresses)

    await dialer.dial(peer)

    expect(dialled).toEqual([addresses.slice(0, 8).map((each) => `${each}/p2p/${peer.peerId}`)])
  })

  it.each([
    ['no address of its own', [], false],
    ['an address in another network', ['/ip4/192.168.0.1/tcp/1'], false],
    ['an address in the same network', ['/ip4/10.9.9.9/tcp/1'], true]
  ])('dials a private address where it has %s: %s', async (_what, own, isDialled) => {
    near = own

    expect(dialer.canDial(await createPeer('/ip4/10.0.0.1/tcp/1'))).toBe(isDialled)
  })

  it('dials the public addresses of a peer that has private ones as well', async () => {
    const peer = await createPeer('/ip4/127.0.0.1/tcp/22', '/ip6/::ffff:10.0.0.1/tcp/1', PUBLIC)

    await dialer.dial(peer)

    expect(dialled).toEqual([[`${PUBLIC}/p2p/${peer.peerId}`]])
  })

  it('dials nobody to whom it is connected', async () => {
    const peer = await createPeer(PUBLIC)

    connected = [peer.peerId.toString()]

    expect(dialer.canDial(peer)).toBe(false)
  })

  it('dials a hundred times a minute at most', async () => {
    const peer = await createPeer(PUBLIC)
    const outcomes: boolean[] = []

    for (let times = 0; times < 101; times++) {
      outcomes.push(await dialer.dial(peer))
    }

    expect(outcomes.filter((isDialled) => isDialled)).toHaveLength(100)
    expect([outcomes.at(-1), dialled.length]).toEqual([false, 100])
    expect(dialer.canDial(peer)).toBe(true)
  })

  it('leaves a peer alone twice as long with each failure, up to an hour', async () => {
    const peer = await createPeer(PUBLIC)
    const seconds: number[] = []

    connect = () => Promise.reject(new Error('nobody there'))

    for (let times = 0; times < 13; times++) {
      expect(await dialer.dial(peer)).toBe(false)

      const before = nowMs

      for (nowMs += 2000; !dialer.canDial(peer); nowMs += 2000) {
        // Not yet.
      }

      seconds.push((nowMs - before) / 1000)
    }

    expect(seconds).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600])
  })

  it('forgets the failures of a peer that it has reached', async () => {
    const peer = await createPeer(PUBLIC)

    connect = () => Promise.reject(new Error('nobody there'))
    await dialer.dial(peer)
    await dialer.dial(peer)
    connect = async () => {}
    await dialer.dial(peer)

    const canDial = dialer.canDial(peer)

    connect = () => Promise.reject(new Error('nobody there'))
    await dialer.dial(peer)
    nowMs += 2000

    expect([canDial, dialer.canDial(peer)]).toEqual([true, true])
  })

  it('does not hold it against a peer that the signal was aborted', async () => {
    const peer = await createPeer(PUBLIC)
    const controller = new AbortController()

    connect = (signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason))
      )

    const dialling = dialer.dial(peer, { signal: controller.signal })

    await expect.poll(() => dialled.length).toBe(1)
    controller.abort()

    expect([await dialling, dialer.canDial(peer)]).toEqual([false, true])
  })
})
