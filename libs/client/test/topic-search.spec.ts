import { beforeEach, describe, expect, it } from 'vitest'
import type { DiscoveredPeer } from '../src/discovered-peers.ts'
import type { PoliteDialer } from '../src/pubsub/polite-dialer.ts'
import { TopicSearch } from '../src/pubsub/topic-search.ts'
import type { Rendezvous } from '../src/rendezvous.ts'

describe('a search for the peers of a topic', () => {
  let nowMs: number
  let peers: number
  let found: string[]
  let looked: number
  let dialled: string[]
  let undialable: Set<string>
  /** What a search does before it finds anybody. */
  let discover: () => Promise<void>
  let dial: () => Promise<boolean>
  let search: TopicSearch

  beforeEach(() => {
    nowMs = 1_000_000
    peers = 0
    found = []
    looked = 0
    dialled = []
    undialable = new Set()
    discover = async () => {}
    dial = async () => true
    search = new TopicSearch({
      namespace: 'test',
      minPeers: 2,
      countPeers: () => peers,
      rendezvous: {
        async *discover() {
          looked++
          await discover()
          yield* found as unknown as DiscoveredPeer[]
        }
      } as unknown as Rendezvous,
      dialer: {
        canDial: (peer: unknown) => !undialable.has(peer as string),
        dial: (peer: unknown) => {
          dialled.push(peer as string)

          return dial()
        }
      } as unknown as PoliteDialer,
      now: () => nowMs,
      random: () => 0.5
    })
  })

  const run = (): Promise<void> => search.search({})

  it('does nothing while there are enough', async () => {
    peers = 2
    await run()

    expect([search.isSatisfied, looked]).toEqual([true, 0])
  })

  it('dials three peers for each one that is missing, at most', async () => {
    found = Array.from({ length: 20 }, (_, index) => `peer ${index}`)
    undialable = new Set(['peer 1', 'peer 3'])
    await run()

    expect(dialled).toEqual(['peer 0', 'peer 2', 'peer 4', 'peer 5', 'peer 6', 'peer 7'])

    peers = 1
    dialled = []
    nowMs += 1000
    await run()

    expect(dialled).toEqual(['peer 0', 'peer 2', 'peer 4'])
  })

  it('pauses twice as long after each search, up to 30 seconds', async () => {
    const seconds: number[] = []

    for (let times = 0; times < 7; times++) {
      await run()

      const before = { nowMs, looked }

      while (looked === before.looked) {
        nowMs += 1000
        await run()
      }

      seconds.push((nowMs - before.nowMs) / 1000)
    }

    // Each round ends with the search that the next one begins with.
    expect(seconds).toEqual([1, 2, 4, 8, 16, 30, 30])
  })

  it('is soon when it is told to, though not at once, and then with short pauses', async () => {
    for (const seconds of [0, 1, 2, 4]) {
      nowMs += seconds * 1000
      await run()
    }

    search.searchSoon()
    await run()

    const before = looked

    nowMs += 1000
    await run()
    nowMs += 1000
    await run()

    expect([before, looked]).toEqual([4, 6])
  })

  it('begins with short pauses again after there were enough', async () => {
    for (const seconds of [0, 1, 2, 4]) {
      nowMs += seconds * 1000
      await run()
    }

    peers = 2
    await run()
    peers = 1
    nowMs += 8000
    await run()
    nowMs += 1000
    await run()

    expect(looked).toBe(6)
  })

  it('is one at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()

    discover = () => promise

    const first = run()

    nowMs += 60_000
    await run()
    resolve()
    await first

    expect(looked).toBe(1)
  })

  it('says what it failed with, until one succeeds', async () => {
    discover = () => Promise.reject(new Error('no point'))
    await run()

    const error = search.lastError

    discover = async () => {}
    nowMs += 1000
    await run()

    expect([error, search.lastError]).toEqual([new Error('no point'), undefined])
  })

  it('does not fail because peers cannot be reached', async () => {
    found = ['peer']
    dial = async () => false
    await run()

    expect(search.lastError).toBeUndefined()
  })
})
