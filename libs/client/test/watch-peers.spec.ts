import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DiscoveredPeer } from '../src/discovered-peers.ts'
import { RefusedError } from '../src/errors.ts'
import { watchPeers } from '../src/watch-peers.ts'
import { ManualWait } from './manual-wait.ts'

interface Told {
  ttlSeconds?: number
  seq?: number
  addresses?: string[]
}

describe('watching a namespace', () => {
  let nowMs: number
  let time: ManualWait
  let woken: AbortController
  let controller: AbortController
  let pages: number
  /** What a point answers next: peers, and whether that is all. */
  let answer: () => Promise<{ peers: DiscoveredPeer[]; isLast: boolean }>
  let found: string[]
  let watching: Promise<unknown>

  beforeEach(() => {
    nowMs = 1_000_000
    time = new ManualWait()
    woken = new AbortController()
    controller = new AbortController()
    pages = 0
    found = []
    watching = Promise.resolve()
  })

  afterEach(async () => {
    controller.abort()
    await watching
  })

  function peer(name: string, told: Told = {}): DiscoveredPeer {
    const { ttlSeconds = 60, seq = 1, addresses = ['/ip4/192.0.2.1/tcp/1'] } = told

    return {
      peerId: { toString: () => name },
      multiaddrs: addresses.map((address) => multiaddr(address)),
      ttlSeconds,
      seq: BigInt(seq)
    } as unknown as DiscoveredPeer
  }

  function tell(...peers: DiscoveredPeer[]): void {
    answer = async () => ({ peers, isLast: true })
  }

  async function watch(): Promise<void> {
    const reader = {
      next: async () => {
        pages++

        const { peers, isLast } = await answer()

        return { peers: each(peers), isLast }
      }
    }
    const init = { reader, now: () => nowMs, random: () => 0.5, wait: time.wait }
    const { signal } = controller

    for await (const { peerId } of watchPeers({ ...init, woken: () => woken.signal }, { signal })) {
      found.push(peerId.toString())
    }
  }

  /** Begins, and reads until there is nothing more for now. */
  async function start(): Promise<void> {
    watching = watch().catch((error: unknown) => error)
    await expect.poll(() => time.times.length).toBe(1)
  }

  async function again(...peers: DiscoveredPeer[]): Promise<void> {
    const before = time.times.length

    tell(...peers)
    time.end()
    await expect.poll(() => time.times.length).toBe(before + 1)
  }

  it('tells of each peer once', async () => {
    tell(peer('alice'), peer('alice'))
    await start()
    await again(peer('alice'), peer('bob'))

    expect(found).toEqual(['alice', 'bob'])
    expect(time.times).toEqual([5000, 5000])
  })

  it('tells of a peer again whose registration had ended a minute before', async () => {
    tell(peer('alice', { ttlSeconds: 10 }))
    await start()
    nowMs += 70_000
    await again(peer('alice', { ttlSeconds: 1 }))

    const before = [...found]

    nowMs += 61_001
    await again(peer('alice', { ttlSeconds: 10 }))

    expect([before, found]).toEqual([['alice'], ['alice', 'alice']])
  })

  it('tells of a peer again that has new addresses', async () => {
    tell(peer('alice'))
    await start()
    await again(peer('alice', { seq: 2 }))
    await again(peer('alice', { seq: 3, addresses: ['/ip4/192.0.2.2/tcp/1'] }))

    expect(found).toEqual(['alice', 'alice'])
  })

  it('does not tell of older addresses of a peer', async () => {
    const older = peer('alice', { seq: 1, addresses: ['/ip4/192.0.2.2/tcp/1'] })

    tell(peer('alice', { seq: 2 }))
    await start()
    await again(older)
    await again(peer('alice', { seq: 2 }))

    expect(found).toEqual(['alice'])
  })

  it('takes an older record of a peer whose newer one has expired', async () => {
    tell(peer('alice', { seq: 2, ttlSeconds: 10 }))
    await start()
    nowMs += 10_001
    await again(peer('alice', { seq: 1, addresses: ['/ip4/192.0.2.2/tcp/1'] }))

    expect(found).toEqual(['alice', 'alice'])
  })

  it('forgets whom it has not heard of for the longest time, beyond ten thousand peers', async () => {
    tell(...Array.from({ length: 10_001 }, (_, index) => peer(`peer ${index}`)))
    await start()
    found = []
    await again(peer('peer 0'), peer('peer 10000'))

    expect(found).toEqual(['peer 0'])
  })

  it('reads all pages there are, and a hundred at most before a pause', async () => {
    answer = async () => ({ peers: [peer(`peer ${pages}`)], isLast: pages === 3 })
    await start()

    const before = pages

    answer = async () => ({ peers: [], isLast: false })
    time.end()
    await expect.poll(() => time.times.length).toBe(2)

    expect([before, pages]).toEqual([3, 103])
    expect(found).toHaveLength(3)
  })

  it('asks again when there is a reason to', async () => {
    tell()
    await start()

    const before = woken

    woken = new AbortController()
    tell(peer('alice'))
    before.abort()

    await expect.poll(() => found).toEqual(['alice'])
  })

  it('goes on after a point that fails', async () => {
    answer = () => Promise.reject(new Error('no point'))
    await start()
    await again(peer('alice'))

    expect(found).toEqual(['alice'])
  })

  it('ends where it is refused', async () => {
    answer = () => Promise.reject(new RefusedError(200, 'not you'))

    await expect(watch()).rejects.toEqual(new RefusedError(200, 'not you'))
  })

  it('ends with its signal while it waits', async () => {
    tell()
    await start()
    controller.abort(new Error('enough'))

    expect(await watching).toEqual(new Error('enough'))
  })
})

async function* each<T>(peers: readonly T[]): AsyncGenerator<T, void> {
  yield* peers
}
