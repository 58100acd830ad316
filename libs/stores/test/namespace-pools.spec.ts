import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { peerIdOf, registrationOf } from '../src/compliance/test-registrations.ts'
import { peerKey } from '../src/peer-key.ts'
import { namespaceKeys } from '../src/redis/keys.ts'
import type { CopiedMember } from '../src/redis/namespace-copy.ts'
import {
  NamespacePools,
  type NamespaceRead,
  type PoolContent
} from '../src/redis/namespace-pools.ts'
import type { NamespaceChanges } from '../src/redis/read-changes.ts'
import { RedisClock } from '../src/redis/redis-clock.ts'

const { kind, namespace } = registrationOf()
const keys = namespaceKeys('rdv:v1:', kind, namespace)
const GRACE_MS = 2000

/** Of ten copies, with records of 8,000 bytes. */
const BYTES_MAX = 100_000
const LARGE_TEXT = 'x'.repeat(8000)

/** More than what Redis draws itself. */
const MANY = 1000

/** What Redis answers while a test holds it up. */
interface Answer<T> {
  promise: Promise<T>
  resolve: (value: T) => void
}

describe('pools of namespaces', () => {
  let nowMs: number
  let fills: number
  let reads: NamespaceRead[]
  let withoutRoom: number
  let members: CopiedMember[]
  let head: number
  let changes: Answer<NamespaceChanges | undefined>
  let filled: Answer<PoolContent> | undefined
  let clock: RedisClock
  let pools: NamespacePools

  beforeEach(() => {
    nowMs = 1_000_000
    fills = 0
    reads = []
    withoutRoom = 0
    head = 3
    members = [memberOf(1), memberOf(2), memberOf(3)]
    changes = Promise.withResolvers()
    filled = undefined
    clock = new RedisClock(() => nowMs)
    clock.observe(nowMs, nowMs)
    pools = new NamespacePools({
      now: () => nowMs,
      random: Math.random,
      graceMs: () => GRACE_MS,
      bytesMax: BYTES_MAX,
      isOrdered: () => true,
      hasPrefixes: () => false,
      connections: () => 1,
      clockOf: () => clock,
      fill: async ({ nsid }) => {
        fills++

        return nsid === keys.nsid
          ? (filled?.promise ?? wholeOf(members))
          : wholeOf([memberOf(1, LARGE_TEXT)])
      },
      readChanges: () => changes.promise,
      drawInRedis: async (_, wanted) => ({
        clock,
        alive: 10 * MANY,
        members: members
          .slice(0, wanted)
          .map(({ peerId, ...stored }) => ({ ...stored, peerKey: peerKey(peerId) }))
      }),
      onRead: (read) => reads.push(read),
      onNoRoom: () => withoutRoom++
    })
  })

  it('show what was written while what has changed was read', async () => {
    await found()
    nowMs += 51

    const reading = found()

    pools.put(keys.nsid, memberOf(4))
    pools.put(keys.nsid, memberOf(1, 'again'))
    pools.remove(keys.nsid, peerIdOf(2))
    changes.resolve(changesOf([], 3))

    expect(await reading).toEqual(['1 again', '3', '4'])
    expect(await found()).toEqual(['1 again', '3', '4'])
    expect(fills).toBe(1)
  })

  it('show what was written while the whole namespace was read', async () => {
    filled = Promise.withResolvers()

    const reading = found()

    pools.put(keys.nsid, memberOf(4))
    pools.remove(keys.nsid, peerIdOf(2))
    filled.resolve(wholeOf(members))

    expect(await reading).toEqual(['1', '3', '4'])
  })

  it('leave another node’s later write as it is', async () => {
    await found()
    nowMs += 51

    const reading = found()

    pools.put(keys.nsid, { ...memberOf(1, 'first'), sequence: 10 })
    changes.resolve(changesOf([{ ...memberOf(1, 'then'), sequence: 11 }], 3, 11))

    expect(await reading).toEqual(['1 then', '2', '3'])
  })

  it('are not read anew because something has expired', async () => {
    members[1] = { ...memberOf(2), expiresAtMs: nowMs - GRACE_MS + 10 }
    expect(await found()).toEqual(['1', '2', '3'])

    nowMs += 51
    changes.resolve(changesOf([], 2))

    expect(await found()).toEqual(['1', '3'])
    expect(fills).toBe(1)
  })

  it('forget what has ended before it was read that it was refreshed', async () => {
    await found()
    nowMs += 51
    changes.resolve({
      ...changesOf([], 2, 20),
      changes: [{ peerId: Buffer.from(peerIdOf(2)) }]
    })

    expect(await found()).toEqual(['1', '3'])
    expect(fills).toBe(1)
  })

  it.each([
    [
      'that was written here',
      () => pools.put(keys.nsid, { ...memberOf(4), expiresAtMs: soonMs(61), sequence: 9 }),
      []
    ],
    ['that was told of', () => {}, [4]]
  ])('forget what %s once it has ended', async (_, write, toldOf) => {
    await found()
    write()
    nowMs += 51
    changes.resolve(
      changesOf(
        toldOf.map((peer) => ({ ...memberOf(peer), expiresAtMs: soonMs(10) })),
        4,
        9
      )
    )
    expect(await found()).toEqual(['1', '2', '3', '4'])
    nowMs += 60
    changes = Promise.withResolvers()
    changes.resolve(changesOf([], 3, 9))
    expect(await found()).toEqual(['1', '2', '3'])
    expect(fills).toBe(1)
  })

  it('forget one after the other as they end, but not who was refreshed', async () => {
    members = [1, 2, 3].map((peer) => ({ ...memberOf(peer), expiresAtMs: soonMs(60 * peer) }))
    await found()

    for (const [changed, expected] of [
      [[{ ...memberOf(2, 'again'), sequence: 11 }], ['2 again', '3']],
      [[], ['2 again', '3']],
      [[], ['2 again']]
    ] as [CopiedMember[], string[]][]) {
      nowMs += 61
      changes = Promise.withResolvers()
      changes.resolve(changesOf(changed, expected.length, 11))
      expect(await found()).toEqual(expected)
    }

    expect(fills).toBe(1)
  })

  it('are read anew where they have not as many as are alive', async () => {
    await found()
    nowMs += 51
    members = [memberOf(1), memberOf(3)]
    changes.resolve(changesOf([], 2))

    expect(await found()).toEqual(['1', '3'])
    expect(fills).toBe(2)
  })

  it('never show what another namespace has, where they are put out while it is read what has changed', async () => {
    await found()
    nowMs += 51

    const reading = found()

    // All others are in use, and this one was asked for before them.
    nowMs += 20_000
    await fillOthers(12)
    changes.resolve(changesOf([{ ...memberOf(1, 'again'), sequence: 11 }], 3, 11))
    expect(await reading).toEqual(['1', '2', '3'])

    for (let index = 0; index < 10; index++) {
      expect(textsOf(await pools.draw(otherKeys(index), MANY))).toEqual([`1 ${LARGE_TEXT}`])
    }

    expect(fills).toBeGreaterThan(11)
  })

  it('show a write in the first page that was read without it', async () => {
    filled = Promise.withResolvers()

    const sampling = found()

    pools.put(keys.nsid, { ...memberOf(4), sequence: 9 })
    filled.resolve(wholeOf([...members, { ...memberOf(4), sequence: 9 }]))
    expect(await sampling).toEqual(['1', '2', '3', '4'])

    changes.resolve(changesOf([{ ...memberOf(4), sequence: 9 }], 4, 9))

    const page = await pools.page(keys, 0, MANY)

    expect(textsOf(page?.registrations ?? [])).toEqual(['1', '2', '3', '4'])
  })

  it('are read anew where Redis has told of a write that was removed here before', async () => {
    await found()
    nowMs += 51

    const reading = found()

    // The peer was removed, and made again before that was known here.
    pools.remove(keys.nsid, peerIdOf(2))
    pools.put(keys.nsid, { ...memberOf(2, 'again'), sequence: 12 })
    members[1] = { ...memberOf(2, 'again'), sequence: 12 }
    head = 12
    changes.resolve(changesOf([members[1]], 3, 12))
    await reading

    changes = Promise.withResolvers()
    changes.resolve(changesOf([], 3, 12))
    expect(await found()).toEqual(['1', '2 again', '3'])

    const page = await pools.page(keys, 0, MANY)

    expect(textsOf(page?.registrations ?? [])).toEqual(['1', '2 again', '3'])
  })

  it('fail for whoever waits, and are tried again by whoever comes then', async () => {
    filled = Promise.withResolvers()

    const reading = [found(), found()]

    filled.resolve(Promise.reject(new Error('no answer')) as never)
    await expect(reading[0]).rejects.toThrow('no answer')
    await expect(reading[1]).rejects.toThrow('no answer')
    filled = undefined

    expect(await found()).toEqual(['1', '2', '3'])
  })

  it('tell how they were read, and what they hold', async () => {
    expect(await pools.draw(keys, 1)).toHaveLength(1)
    await found()
    nowMs += 51
    changes.resolve(changesOf([memberOf(4)], 4, 4))
    await found()
    nowMs += 51
    changes = Promise.withResolvers()
    filled = Promise.withResolvers()
    // Too much has changed, and then there is too much.
    changes.resolve({ nowMs, alive: 4, head })
    filled.resolve({ isWhole: false, clock, members })
    await found()

    // A part is drawn again since there were fewer than were asked for.
    expect(reads).toEqual(['drawn', 'all', 'changes', 'changes', 'part', 'part'])

    // Once those who wait have answered the copy is gone.
    await setImmediate()
    expect(pools.copied.registrations).toBe(3)
    expect(pools.copied.bytes).toBeGreaterThan(0)
  })

  it('tell of each answer for which there was no room for a copy', async () => {
    // The first time it is not known how many there are.
    await fillOthers(11)
    expect(withoutRoom).toBe(0)

    await pools.draw(otherKeys(10), MANY)
    await setImmediate()
    expect(withoutRoom).toBe(1)
    expect(pools.copied.registrations).toBe(10)
  })

  it('give up what they hold', async () => {
    await found()
    pools.clear()

    expect(await found()).toEqual(['1', '2', '3'])
    expect(fills).toBe(2)
  })

  async function found(): Promise<string[]> {
    return textsOf(await pools.draw(keys, MANY))
  }

  async function fillOthers(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      await pools.draw(otherKeys(index), MANY)
      // Room is made once those who wait have answered.
      await setImmediate()
    }
  }

  function memberOf(peer: number, text = ''): CopiedMember {
    return {
      peerId: peerIdOf(peer),
      record: Buffer.from(`${peer} ${text}`.trim()),
      expiresAtMs: nowMs + 20_000,
      sequence: text === '' ? peer : 10 + peer
    }
  }

  /** An end, so that it is over in so many milliseconds. */
  function soonMs(ms: number): number {
    return nowMs - GRACE_MS + ms
  }

  function wholeOf(all: CopiedMember[]): PoolContent {
    return { isWhole: true, clock, members: [...all], nowMs, head }
  }

  function changesOf(changed: CopiedMember[], alive: number, highest = 3): NamespaceChanges {
    return {
      nowMs,
      alive,
      head: highest,
      changes: changed.map(({ peerId, ...stored }) => ({ peerId: Buffer.from(peerId), stored }))
    }
  }
})

function otherKeys(index: number) {
  const other = registrationOf({ namespace: `other ${index}` })

  return namespaceKeys('rdv:v1:', other.kind, other.namespace)
}

function textsOf(found: { record: Uint8Array }[]): string[] {
  return found.map(({ record }) => Buffer.from(record).toString()).toSorted()
}
