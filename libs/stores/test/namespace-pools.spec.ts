import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { peerIdOf, registrationOf } from '../src/compliance/test-registrations.ts'
import { namespaceKeys } from '../src/redis/keys.ts'
import type { CopiedMember } from '../src/redis/namespace-copy.ts'
import { NamespacePools, type PoolContent } from '../src/redis/namespace-pools.ts'
import type { NamespaceChanges } from '../src/redis/read-changes.ts'
import { RedisClock } from '../src/redis/redis-clock.ts'

const { kind, namespace } = registrationOf()
const keys = namespaceKeys('rdv:v1:', kind, namespace)
const GRACE_MS = 2000

/** Of a few copies, with records of 20,000 bytes. */
const BYTES_MAX = 100_000
const LARGE_TEXT = 'x'.repeat(20_000)

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
  let members: CopiedMember[]
  let head: number
  let changes: Answer<NamespaceChanges | undefined>
  let filled: Answer<PoolContent> | undefined
  let clock: RedisClock
  let pools: NamespacePools

  beforeEach(() => {
    nowMs = 1_000_000
    fills = 0
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
      drawInRedis: () => Promise.reject(new Error('not wanted here'))
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
    await fillOthers(10)
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
