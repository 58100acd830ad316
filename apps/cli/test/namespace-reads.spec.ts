import { copyPolicy } from '@rendezvous-cluster/stores'
import { seededRandom } from '@rendezvous-cluster/stores/compliance'
import { expect, it } from 'vitest'
import { registrationOf } from '../../../libs/stores/src/compliance/test-registrations.ts'
import { namespaceKeys } from '../../../libs/stores/src/redis/keys.ts'
import {
  NamespacePools,
  type NamespaceRead,
  type PoolContent
} from '../../../libs/stores/src/redis/namespace-pools.ts'
import { RedisClock } from '../../../libs/stores/src/redis/redis-clock.ts'
import {
  type AnsweredFrom,
  type AskedNamespace,
  namespaceReads
} from '../src/plan/namespace-reads.ts'
import type { ReadCosts } from '../src/plan/unit-costs.ts'

const costs: ReadCosts = {
  script: { nodeUs: 100, redisUs: 20 },
  change: { nodeUs: 4, redisUs: 2 },
  copied: { nodeUs: 3, redisUs: 1 },
  drawn: { nodeUs: 1, redisUs: 5 },
  part: { nodeUs: 2000, redisUs: 800 }
}

const asked: AskedNamespace = {
  registrations: 1000,
  refreshEvery: 10,
  discoversPerSecond: 20,
  limit: 50
}

const FROM: Record<NamespaceRead, AnsweredFrom> = {
  changes: 'a copy',
  all: 'a copy',
  part: 'a part',
  drawn: 'Redis'
}

it.each<[AnsweredFrom, Partial<AskedNamespace>]>([
  ['a copy', {}],
  ['a copy', { discoversPerSecond: 2 }],
  // More often than it pays by its mean.
  ['a copy', { refreshEvery: 3600, discoversPerSecond: 0.5 }],
  ['Redis', { discoversPerSecond: 0.1 }],
  ['Redis', { refreshEvery: 3600, discoversPerSecond: 0.1 }],
  ['a copy', { registrations: 90, discoversPerSecond: 0.05 }],
  // Too much changes to be told of.
  ['a copy', { registrations: 4000, discoversPerSecond: 1, limit: 200 }],
  ['Redis', { registrations: 100_000, discoversPerSecond: 2 }],
  ['a part', { registrations: 100_000, discoversPerSecond: 200 }],
  ['a part', { registrations: 100_000, discoversPerSecond: 20, limit: 200 }],
  ['a part', { registrations: 100_000, discoversPerSecond: 0.5, limit: 1000 }],
  ['a part', { registrations: 100_000, discoversPerSecond: 100, limit: 1000 }]
])('reads as a node does: from %s, of %o', async (from, differing) => {
  const one = { ...asked, ...differing }
  const predicted = namespaceReads(one, costs)
  const counted = await countReads(one)
  const fromThere = counted.reads.filter((read) => FROM[read] === from).length

  expect(predicted.from).toBe(from)
  expect(fromThere / counted.reads.length).toBeGreaterThan(0.9)
  expect(counted.reads.length / counted.seconds / predicted.perSecond).toBeGreaterThan(0.8)
  expect(counted.reads.length / counted.seconds / predicted.perSecond).toBeLessThan(1.25)
})

it('counts what each read takes', () => {
  expect(namespaceReads(asked, costs)).toMatchObject({
    redisUs: 10 * (20 + 10 * 2),
    nodeUs: 10 * (100 + 10 * 4),
    held: 1000
  })
  expect(namespaceReads({ ...asked, discoversPerSecond: 0.1 }, costs)).toMatchObject({
    redisUs: 0.1 * (20 + 50 * 5),
    nodeUs: 0.1 * (100 + 50),
    held: 0
  })
  expect(
    namespaceReads({ ...asked, registrations: 4000, discoversPerSecond: 1, limit: 200 }, costs)
      .redisUs
  ).toBeCloseTo((20 + 20 + 4000) / 1.05)
  expect(
    namespaceReads({ ...asked, registrations: 100_000, discoversPerSecond: 1000 }, costs)
  ).toMatchObject({ redisUs: expect.closeTo((1000 / 94.75) * 800), held: 2000 })
})

it('takes nothing where nothing is asked', () => {
  expect(
    namespaceReads({ ...asked, discoversPerSecond: 0, refreshEvery: Infinity }, costs)
  ).toMatchObject({ perSecond: 0, nodeUs: 0, redisUs: 0, held: 0 })
})

/** What the Redis store's pools read of a namespace that is asked for at random, once they have got to know it. */
async function countReads({
  registrations,
  refreshEvery,
  discoversPerSecond,
  limit
}: AskedNamespace): Promise<{ reads: NamespaceRead[]; seconds: number }> {
  const random = seededRandom(7)
  const { kind, namespace } = registrationOf()
  const keys = namespaceKeys('rdv:v1:', kind, namespace)
  const peers = Array.from({ length: registrations }, (_, index) => ({
    peerId: Buffer.from(`peer ${index}`),
    record: Buffer.alloc(1),
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    sequence: index + 1
  }))
  const reads: NamespaceRead[] = []
  let nowMs = 1_000_000
  let head = registrations
  const clock = new RedisClock(() => nowMs)
  const some = (count: number) =>
    Array.from(
      { length: count },
      () => peers[Math.floor(random() * registrations)] as (typeof peers)[0]
    )
  const pools = new NamespacePools({
    now: () => nowMs,
    random,
    graceMs: () => 0,
    bytesMax: 1e9,
    isOrdered: () => true,
    hasPrefixes: () => false,
    connections: () => 1,
    clockOf: () => clock,
    fill: async (_, parts): Promise<PoolContent> => {
      // Told once, however many.
      reads.push(...Array.from({ length: parts - 1 }, () => 'part' as const))

      return registrations > copyPolicy.WHOLE_MAX
        ? { isWhole: false, clock, members: some(parts * copyPolicy.PART_SIZE) }
        : { isWhole: true, clock, members: [...peers], nowMs, head }
    },
    readChanges: async (_, after) => {
      const changed = peers.filter(({ sequence }) => sequence > after)

      return changed.length > copyPolicy.CHANGES_MAX
        ? { nowMs, alive: registrations, head: after }
        : {
            nowMs,
            alive: registrations,
            head,
            changes: changed.map(({ peerId, ...stored }) => ({ peerId, stored }))
          }
    },
    drawInRedis: async (_, wanted) => ({
      clock,
      alive: registrations,
      members: some(wanted).map((peer) => ({ ...peer, peerKey: '' }))
    }),
    onRead: (read) => reads.push(read),
    onNoRoom: () => {}
  })
  let due = 0

  async function ask(times: number): Promise<number> {
    const startedAtMs = nowMs

    for (let time = 0; time < times; time++) {
      const passedMs = (-Math.log(1 - random()) / discoversPerSecond) * 1000

      nowMs += passedMs
      clock.observe(nowMs, nowMs)

      // Peers refresh one after the other.
      for (due += (passedMs / 1000) * (registrations / refreshEvery); due >= 1; due--) {
        head++
        ;(peers[head % registrations] as (typeof peers)[0]).sequence = head
      }

      await pools.draw(keys, limit)
    }

    return (nowMs - startedAtMs) / 1000
  }

  await ask(500)
  reads.length = 0

  return { seconds: await ask(500), reads }
}
