import { beforeEach, describe, expect, it } from 'vitest'
import { registrationOf } from '../src/compliance/test-registrations.ts'
import { FirstPages } from '../src/redis/first-pages.ts'
import { namespaceKeys } from '../src/redis/keys.ts'
import type { MemberPage } from '../src/redis/read-pages.ts'
import { RedisClock } from '../src/redis/redis-clock.ts'

const { kind, namespace } = registrationOf()
const keys = namespaceKeys('rdv:v1:', kind, namespace)
const GRACE_MS = 2000

describe('copies of first pages', () => {
  let nowMs: number
  let peers: string[]
  let reads: number[]
  let pages: FirstPages
  /** Held up while there is one. */
  let answer: Promise<void> | undefined

  beforeEach(async () => {
    const clock = new RedisClock(() => nowMs)

    nowMs = 1000
    peers = ['a', 'b', 'c', 'd']
    reads = []
    answer = undefined
    clock.observe(nowMs, nowMs)
    pages = new FirstPages({
      now: () => nowMs,
      clockOf: () => clock,
      graceMs: () => GRACE_MS,
      read: async (_keys, limit) => {
        const read = pageOf(peers, limit)

        reads.push(limit)
        await answer

        return read
      }
    })

    // What nobody has asked for just now is not kept.
    await pages.page(keys, 0)
    reads.length = 0
  })

  it('are kept of what is asked for again within 50 ms, and of nothing else', async () => {
    nowMs += 51
    await sequencesOf(2)
    nowMs += 1
    await sequencesOf(2)
    expect(reads).toEqual([2, 2])

    nowMs += 50
    await sequencesOf(2)
    expect(reads).toEqual([2, 2])
  })

  it('are kept where several wait for the first one', async () => {
    nowMs += 51
    await Promise.all([sequencesOf(2), sequencesOf(2)])
    await sequencesOf(2)
    expect(reads).toEqual([2])
  })

  it('are kept of a namespace without registrations, whoever asks', async () => {
    peers = []
    nowMs += 51
    await sequencesOf(2)
    await sequencesOf(2)
    expect(reads).toEqual([2])
  })

  it('answer for 50 ms', async () => {
    expect(await sequencesOf(2)).toEqual([1, 2])

    nowMs += 50
    expect(await sequencesOf(2)).toEqual([1, 2])
    expect(reads).toEqual([2])

    nowMs += 1
    await sequencesOf(2)
    expect(reads).toEqual([2, 2])
  })

  it('answer whoever asks for fewer, with the place to go on from', async () => {
    await pages.page(keys, 3)

    expect((await pages.page(keys, 2)).cursor).toBe(2)
    expect((await pages.page(keys, 3)).cursor).toBe(3)
    expect(reads).toEqual([3])
  })

  it('are read again for whoever asks for more, unless there are no more', async () => {
    await sequencesOf(2)
    expect(await sequencesOf(9)).toEqual([1, 2, 3, 4])
    expect(await sequencesOf(1000)).toEqual([1, 2, 3, 4])
    expect(reads).toEqual([2, 9])
  })

  it('are read once for all who ask meanwhile, and once more for those who want more', async () => {
    const held = Promise.withResolvers<void>()

    answer = held.promise

    const asked = [sequencesOf(2), sequencesOf(2), sequencesOf(1), sequencesOf(4), sequencesOf(3)]

    held.resolve()

    expect((await Promise.all(asked)).map(({ length }) => length)).toEqual([2, 2, 1, 4, 3])
    expect(reads).toEqual([2, 4])
    expect(await sequencesOf(4)).toHaveLength(4)
    expect(reads).toEqual([2, 4])
  })

  it('are read once more for who asks 50 ms after a slow read has begun', async () => {
    const held = Promise.withResolvers<void>()

    answer = held.promise

    const early = sequencesOf(2)

    nowMs += 51

    const late = sequencesOf(2)

    held.resolve()
    await Promise.all([early, late])

    expect(reads).toEqual([2, 2])
  })

  it('show a refresh in its old place until they are read again', async () => {
    await sequencesOf(2)
    pages.put(keys.nsid, 'a', { record: new Uint8Array([9]), expiresAtMs: 99_000 })

    const { registrations } = await pages.page(keys, 2)

    expect(registrations[0]).toMatchObject({ record: new Uint8Array([9]), sequence: 1 })
    expect(reads).toEqual([2])
  })

  it('are read again after a new registration that may belong to them', async () => {
    await sequencesOf(2)
    pages.put(keys.nsid, 'e', { record: new Uint8Array([9]), expiresAtMs: 99_000 })
    await sequencesOf(2)
    expect(reads).toEqual([2])

    await sequencesOf(9)
    pages.put(keys.nsid, 'f', { record: new Uint8Array([9]), expiresAtMs: 99_000 })
    await sequencesOf(9)
    expect(reads).toEqual([2, 9, 9])
  })

  it('show no registration that was removed', async () => {
    await sequencesOf(9)
    pages.remove(keys.nsid, 'b')

    expect(await sequencesOf(9)).toEqual([1, 3, 4])
    expect(reads).toEqual([9])
  })

  it('show nobody what was read ahead of their own write', async () => {
    const held = Promise.withResolvers<void>()

    answer = held.promise

    const before = sequencesOf(9)

    peers = ['a', 'b', 'c', 'd', 'e']
    pages.put(keys.nsid, 'e', { record: new Uint8Array([9]), expiresAtMs: 99_000 })

    const after = sequencesOf(9)

    held.resolve()

    expect(await before).toHaveLength(4)
    expect(await after).toHaveLength(5)
    expect(await sequencesOf(9)).toHaveLength(5)
  })

  it('show nothing whose grace has ended meanwhile', async () => {
    expect(await sequencesOf(9)).toHaveLength(4)

    pages.put(keys.nsid, 'a', { record: new Uint8Array([9]), expiresAtMs: nowMs - GRACE_MS + 10 })
    expect(await sequencesOf(9)).toHaveLength(4)

    nowMs += 10
    expect(await sequencesOf(9)).toEqual([2, 3, 4])
  })

  it('that cannot be read are not kept', async () => {
    answer = Promise.reject(new Error('away'))
    await expect(sequencesOf(2)).rejects.toThrow('away')

    answer = undefined
    expect(await sequencesOf(2)).toEqual([1, 2])
  })

  async function sequencesOf(limit: number): Promise<number[]> {
    const { registrations } = await pages.page(keys, limit)

    return registrations.map(({ sequence }) => sequence)
  }
})

function pageOf(peers: string[], limit: number): MemberPage {
  const members = peers.slice(0, limit).map((peerKey, index) => ({
    peerKey,
    sequence: index + 1,
    record: new Uint8Array([index]),
    expiresAtMs: 20_000
  }))

  return { members, cursor: members.length, isLast: peers.length < limit }
}
