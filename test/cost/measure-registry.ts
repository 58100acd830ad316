import { CAPS_DEFAULT, type Registration } from '@rendezvous-cluster/rendezvous'
import { ClusterSettings, openRedis, RedisConnection, RedisStore } from '@rendezvous-cluster/stores'
import { registrationOf } from '@rendezvous-cluster/stores/compliance'
import { Redis } from 'ioredis'
import { median } from '../support/median.ts'
import { realisticRecord } from './realistic-record.ts'
import { redisCpuUs } from './redis-cpu.ts'

/** Long enough that nothing expires while it is measured, in seconds. */
const TTL_SECONDS = 7200

/** Registrations written at a time. */
const CONCURRENT = 500

const PUTS = 2000
const PAGES = 200
const PAGES_OF_ALL = 8
const PAGE_LIMIT = 100

/** Microseconds of Redis's CPU per operation: the median over rounds. */
export interface NamespaceCost {
  registrations: number
  putUs: number
  /** All of Redis's CPU time for a put: reading and answering too. */
  putProcessUs: number
  /** All of Redis's CPU time for it, where no copy has it. */
  pageUs: number
  bytesPerRegistration: number
  /** Without `isListed`, as with the dialect that samples. */
  recordBytes: number
}

export interface ManyNamespacesCost {
  namespaces: number
  /** By limit. */
  pageUs: Record<string, number>
}

type Progress = (text: string) => void

/** @param url - of an empty Redis that nobody else uses */
export async function measureOneNamespace(
  url: string,
  registrations: number,
  rounds: number,
  progress: Progress
): Promise<NamespaceCost> {
  const bench = await openBench(url)
  const record = await realisticRecord()
  const registration = (peer: number) =>
    registrationOf({ peer, record, ttlSeconds: TTL_SECONDS, isListed: false })
  const randomPeer = () => Math.floor(Math.random() * registrations)

  try {
    const emptyBytes = await bench.usedBytes()

    await bench.putAll(registrations, registration, progress)

    const bytesPerRegistration = ((await bench.usedBytes()) - emptyBytes) / registrations
    const { cursor: middle } = await bench.store.page(registration(0), 0, 1000)
    const putUs: number[] = []
    const putProcessUs: number[] = []
    const pageUs: number[] = []

    for (let round = 0; round < rounds; round++) {
      progress(`${registrations} registrations: round ${round + 1} of ${rounds}`)
      const beforeUs = await bench.processUs()

      putUs.push(
        await bench.scriptUs(PUTS, () => bench.store.put(registration(randomPeer())), CONCURRENT)
      )
      putProcessUs.push(((await bench.processUs()) - beforeUs) / PUTS)
      pageUs.push(
        await bench.readUs(PAGES, (index) =>
          bench.freshStore().page(registration(0), index % 2 === 0 ? 0 : middle, PAGE_LIMIT)
        )
      )
    }

    return {
      registrations,
      putUs: median(putUs),
      putProcessUs: median(putProcessUs),
      pageUs: median(pageUs),
      bytesPerRegistration,
      recordBytes: record.byteLength
    }
  } finally {
    await bench.close()
  }
}

/** @param url - of an empty Redis that nobody else uses */
export async function measureManyNamespaces(
  url: string,
  namespaces: number,
  rounds: number,
  progress: Progress
): Promise<ManyNamespacesCost> {
  const bench = await openBench(url)
  const record = await realisticRecord()

  try {
    await bench.putAll(
      namespaces,
      (index) =>
        registrationOf({ peer: index, namespace: `n${index}`, record, ttlSeconds: TTL_SECONDS }),
      progress
    )

    const pageUs: Record<string, number> = {}

    for (const limit of [100, 1000]) {
      const measured: number[] = []

      for (let round = 0; round < rounds; round++) {
        progress(`${namespaces} namespaces: round ${round + 1} of ${rounds}`)
        let cursor = 0

        measured.push(
          await bench.readUs(PAGES_OF_ALL, async () => {
            cursor = (await bench.store.page({ kind: 'peer-record' }, cursor, limit)).cursor
          })
        )
      }

      pageUs[limit] = median(measured)
    }

    return { namespaces, pageUs }
  } finally {
    await bench.close()
  }
}

/** Which indexes a registration is in: of samples, of pages too, and of pages over all namespaces too. */
export const INDEXES = {
  'samples only': { isOrdered: false, isListed: false },
  'and pages': { isOrdered: true, isListed: false },
  'and pages over all namespaces': { isOrdered: true, isListed: true }
} as const

/**
 * Bytes of Redis's memory for each of many registrations of different peers in one namespace.
 *
 * @param url - of an empty Redis that nobody else uses
 */
export async function measureBytes(
  url: string,
  registrations: number,
  indexes: keyof typeof INDEXES,
  progress: Progress
): Promise<number> {
  const { isOrdered, isListed } = INDEXES[indexes]
  const bench = await openBench(url, isOrdered)
  const record = await realisticRecord()

  try {
    const emptyBytes = await bench.usedBytes()

    await bench.putAll(
      registrations,
      (peer) => registrationOf({ peer, record, ttlSeconds: TTL_SECONDS, isListed }),
      progress
    )

    return ((await bench.usedBytes()) - emptyBytes) / registrations
  } finally {
    await bench.close()
  }
}

async function openBench(url: string, isOrdered = true) {
  const connection = new RedisConnection({ url })
  const settings = new ClusterSettings(connection, { isOrdered })
  const admin = new Redis(url)

  await openRedis(connection, settings, 5000)

  const store = new RedisStore({ connection, settings })

  async function commandUs(): Promise<Map<string, number>> {
    const stats = await admin.info('commandstats')

    return new Map(
      [...stats.matchAll(/^cmdstat_([^:]+):calls=\d+,usec=(\d+)/gm)].map(([, name, us]) => [
        name as string,
        Number(us)
      ])
    )
  }

  async function measure(times: number, run: (index: number) => Promise<unknown>, atOnce: number) {
    await admin.config('RESETSTAT')

    for (let start = 0; start < times; start += atOnce) {
      await Promise.all(
        Array.from({ length: Math.min(atOnce, times - start) }, (_, index) => run(start + index))
      )
    }

    return commandUs()
  }

  return {
    store,
    freshStore: () => new RedisStore({ connection, settings }),
    processUs: () => redisCpuUs(admin),
    async usedBytes() {
      return Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1])
    },
    async putAll(count: number, registration: (index: number) => Registration, log: Progress) {
      for (let start = 0; start < count; start += CONCURRENT) {
        await Promise.all(
          Array.from({ length: Math.min(CONCURRENT, count - start) }, (_, index) =>
            store.put(registration(start + index), {
              caps: { ...CAPS_DEFAULT, perNamespace: 10_000_000 }
            })
          )
        )

        if (start % 50_000 === 0) {
          log(`${start} of ${count} registered`)
        }
      }
    },
    /** Of operations that are one script: what the script calls is counted twice by Redis. */
    async scriptUs(times: number, run: (index: number) => Promise<unknown>, atOnce: number) {
      return ((await measure(times, run, atOnce)).get('evalsha') ?? 0) / times
    },
    /** Of reads one after the other, all of Redis's CPU time. */
    async readUs(times: number, run: (index: number) => Promise<unknown>) {
      const beforeUs = await redisCpuUs(admin)

      for (let index = 0; index < times; index++) {
        await run(index)
      }

      return ((await redisCpuUs(admin)) - beforeUs) / times
    },
    async close() {
      await store.close()
      admin.disconnect()
    }
  }
}
