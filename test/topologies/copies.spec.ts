import { afterEach, expect, it, vi } from 'vitest'
import { registrationOf } from '../../libs/stores/src/compliance/index.ts'
import { namespaceKeys } from '../../libs/stores/src/redis/keys.ts'
import {
  createRedisUnderTest,
  type RedisUnderTest
} from '../../libs/stores/test/redis-under-test.ts'
import { slotOf } from '../../libs/stores/test/slot-of.ts'
import { type RedisTopology, startTopology } from '../support/redis-topology.ts'
import { describeWithBothServers } from './support/describe-with-valkey.ts'

/** The first primary of a Cluster of three has the slots below. */
const SLOTS_OF_FIRST = 5460

/** A registration's sequence in the header of its record. */
const SEQUENCE_OFFSET = 8

const PEERS = 20

/** For an election on a busy machine. */
const WITHIN = { timeout: 20_000 }

describeWithBothServers('copies of namespaces', (binary) => {
  let topology: RedisTopology
  let underTest: RedisUnderTest

  afterEach(async () => {
    await underTest?.store.close()
    await underTest?.dispose()
    await topology?.stop()
  })

  it.for(['standalone', 'sentinel', 'cluster'] as const)(
    'are read anew after their server on a %s has gone, whatever its successor has',
    async (kind) => {
      topology = await startTopology(kind, { binary })
      underTest = await createRedisUnderTest(topology.url)

      const { store } = underTest
      const other = await underTest.sibling()
      const namespace = namespaceOfFirst()
      const peer = (index: number) => registrationOf({ namespace, peer: index })

      for (let index = 0; index < PEERS; index++) {
        await store.put(peer(index))
      }

      expect(await store.sample(peer(0), 1000)).toHaveLength(PEERS)
      await replaceServer(kind)
      await vi.waitFor(() => other.remove(peer(0)), WITHIN)

      for (let index = 0; index < PEERS; index++) {
        await other.remove(peer(index))
        await other.put(peer(PEERS + index))
      }

      // As many as before, and as by a clock that is behind: neither their number nor their sequences tell.
      await giveLowSequences(namespace)

      const found = await vi.waitFor(() => store.sample(peer(0), 1000), WITHIN)
      const expected = Array.from({ length: PEERS }, (_, index) => peer(PEERS + index))

      expect(textsOf(found)).toEqual(textsOf(expected))
    }
  )

  async function replaceServer(kind: RedisTopology['kind']): Promise<void> {
    if (kind === 'standalone') {
      await topology.servers[0]?.kill()
      await topology.servers[0]?.restart()
    } else {
      await topology.failover()
    }
  }

  /** One that the first primary holds, which is the one that fails. */
  function namespaceOfFirst(): string {
    for (let index = 0; ; index++) {
      const { kind, namespace } = registrationOf({ namespace: `n${index}` })
      const { expiries } = namespaceKeys(underTest.prefix, kind, namespace)

      if (slotOf(expiries) <= SLOTS_OF_FIRST) {
        return `n${index}`
      }
    }
  }

  async function giveLowSequences(name: string): Promise<void> {
    const { redis, prefix } = underTest
    const { kind, namespace } = registrationOf({ namespace: name })
    const { order, records } = namespaceKeys(prefix, kind, namespace)

    for (const [index, id] of (await redis.zrangeBuffer(order, '0', '-1')).entries()) {
      const stored = (await redis.hgetBuffer(records, id)) as Buffer

      stored.writeDoubleBE(index + 1, SEQUENCE_OFFSET)
      await redis.hset(records, id, stored)
      await redis.zadd(order, index + 1, id)
    }
  }
})

function textsOf(found: { record: Uint8Array }[]): string[] {
  return found.map(({ record }) => Buffer.from(record).toString()).toSorted()
}
