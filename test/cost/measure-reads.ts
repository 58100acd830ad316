import { CAPS_DEFAULT, type Registration } from '@rendezvous-cluster/rendezvous'
import {
  ClusterSettings,
  copyPolicy,
  type NamespaceRead,
  openRedis,
  RedisConnection,
  RedisStore
} from '@rendezvous-cluster/stores'
import { registrationOf } from '@rendezvous-cluster/stores/compliance'
import { Redis } from 'ioredis'
import { median } from '../support/median.ts'
import { realisticRecord } from './realistic-record.ts'
import { redisCpuUs } from './redis-cpu.ts'

/** Long enough that nothing expires while it is measured, in seconds. */
const TTL_SECONDS = 7200

/** Registrations written at a time. */
const CONCURRENT = 500

/** Front nodes whose reads are measured together, one after the other. */
const NODES = 100

const CHANGES = 100

const DRAWN = 50

/** Registrations of a namespace that is copied whole, and of one that is too large for it. */
const WHOLE = 1000
const LARGE = 100_000

/** After so many milliseconds no copy and no part answers, nor counts what was asked before. */
const STALE_MS = 200

/** Microseconds of one core: the median over rounds. */
export interface MeasuredRead {
  read: string
  /** With reading the command and sending the answer. */
  redisUs: number
  /** Of a front node's process, until the registrations are in its copy or in its answer. */
  nodeUs: number
}

/**
 * What it takes to read for copies, and for answers where there are none. Each read waits for the one before, as at nodes
 * that are not busy.
 *
 * @param url - of an empty Redis that nobody else uses
 */
export async function measureReads(
  url: string,
  rounds: number,
  progress: (text: string) => void
): Promise<MeasuredRead[]> {
  const admin = new Redis(url)
  const record = await realisticRecord()
  // Each read is of another moment, without waiting for it.
  let lateMs = 0
  const connection = new RedisConnection({ url, now: () => performance.now() + lateMs })
  const settings = new ClusterSettings(connection)
  const seen = new Set<NamespaceRead>()
  const openStore = () => new RedisStore({ connection, settings, onRead: (read) => seen.add(read) })
  const registration = (namespace: string, peer: number) =>
    registrationOf({ namespace, peer, record, ttlSeconds: TTL_SECONDS, isListed: false })

  await openRedis(connection, settings, 5000)

  const writer = openStore()
  const nodes = Array.from({ length: NODES }, openStore)
  const taken = new Map<string, { redisUs: number[]; nodeUs: number[] }>()

  async function putAll(all: Registration[]): Promise<void> {
    for (let start = 0; start < all.length; start += CONCURRENT) {
      await Promise.all(
        all.slice(start, start + CONCURRENT).map((each) => writer.put(each, { caps: CAPS_DEFAULT }))
      )
    }
  }

  /** @throws Error where it was read otherwise than it is told */
  async function take(
    read: string,
    kinds: NamespaceRead[],
    run: (store: RedisStore) => Promise<unknown>
  ): Promise<void> {
    seen.clear()

    const before = { redisUs: await redisCpuUs(admin), node: process.cpuUsage() }

    for (const store of nodes) {
      await run(store)
    }

    const { user, system } = process.cpuUsage(before.node)
    const costs = taken.get(read) ?? { redisUs: [], nodeUs: [] }

    costs.nodeUs.push((user + system) / NODES)
    costs.redisUs.push(((await redisCpuUs(admin)) - before.redisUs) / NODES)
    taken.set(read, costs)

    if ([...seen].join() !== kinds.join()) {
      throw new Error(`${read}: read ${[...seen].join(' and ')}, not ${kinds.join(' and ')}`)
    }
  }

  const whole = registration('whole', 0)
  const large = registration('large', 0)
  const refresh = (count: number) =>
    putAll(Array.from({ length: count }, (_, peer) => registration('whole', peer)))

  try {
    progress(`registering ${count(WHOLE)} and ${count(LARGE)}`)
    await refresh(WHOLE)
    await putAll(Array.from({ length: LARGE }, (_, peer) => registration('large', peer)))

    // More than are drawn in Redis, so that each node has a copy, and a part.
    for (const store of nodes) {
      await store.sample(whole, copyPolicy.DRAWN_MAX + 1)
      await store.sample(large, copyPolicy.DRAWN_MAX + 1)
    }

    for (let round = 0; round < rounds; round++) {
      progress(`reads: round ${round + 1} of ${rounds}`)
      lateMs += STALE_MS
      await take('nothing has changed', ['changes'], (store) => store.sample(whole, 1))

      await refresh(CHANGES)
      lateMs += STALE_MS
      await take(`${CHANGES} have changed`, ['changes'], (store) => store.sample(whole, 1))

      await refresh(copyPolicy.CHANGES_MAX + 1)
      lateMs += STALE_MS
      await take(
        `more than ${copyPolicy.CHANGES_MAX} have changed, so all ${count(WHOLE)}`,
        ['changes', 'all'],
        (store) => store.sample(whole, copyPolicy.DRAWN_MAX + 1)
      )

      lateMs += STALE_MS
      await take(`a part of ${copyPolicy.PART_SIZE} of ${count(LARGE)}`, ['part'], (store) =>
        store.sample(large, copyPolicy.DRAWN_MAX + 1)
      )

      lateMs += STALE_MS
      await take(`${DRAWN} drawn of ${count(LARGE)}`, ['drawn'], (store) =>
        store.sample(large, DRAWN)
      )
    }
  } finally {
    await writer.close()
    connection.close()
    admin.disconnect()
  }

  return [...taken].map(([read, costs]) => ({
    read,
    redisUs: median(costs.redisUs),
    nodeUs: median(costs.nodeUs)
  }))
}

function count(value: number): string {
  return value.toLocaleString('en')
}
